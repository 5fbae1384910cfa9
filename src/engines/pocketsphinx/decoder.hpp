#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "engines/pocketsphinx/vocabulary.hpp"

struct ps_decoder_s;

namespace daedap::engines::pocketsphinx {

/// What one utterance came to, before it is judged.
struct Decoded {
  std::string text;
  double score = 0;  // of the path, per 10 ms frame
  // How much better the words fit than any sequence of phones would, per frame; only measured when
  // the score alone leaves doubt.
  std::optional<double> margin;
};

/// One PocketSphinx decoder with all grammars loaded. Belongs to one utterance at a time.
/// cost    5 MB, 11 ms to make; 0.013 s of CPU per second of speech while it is fed, as much again
///         at the end, twice that where there is doubt
/// thread  one at a time
class Decoder {
 public:
  /// errors  engine_failed
  static base::Result<std::unique_ptr<Decoder>> make(const std::filesystem::path& model,
                                                     const Vocabulary& vocabulary);
  ~Decoder();

  /// `grammar` must be one of the vocabulary's. errors  engine_failed
  base::Result<void> begin(const std::string& grammar);
  /// The next audio, for `partial`.
  void feed(std::span<const std::int16_t> pcm);
  /// Best path so far.
  std::string partial() const;
  /// Asked every 100 ms of audio: true when nobody wants the words any more.
  using Unwanted = std::function<bool()>;
  /// Decodes the whole utterance once more: knowing all of it levels out the line's colour, which
  /// the running pass can only guess from whoever spoke before. The caller's words so depend on
  /// nobody else's. `doubt_below`: a score under it has the margin measured. Unwanted: nothing.
  Decoded end(std::span<const std::int16_t> whole, double doubt_below, const Unwanted& unwanted = {});
  /// Ends the utterance without a result.
  void abandon();

 private:
  struct Free {
    void operator()(ps_decoder_s* decoder) const;
  };
  explicit Decoder(ps_decoder_s* decoder) : decoder_(decoder) {}
  bool start(const char* grammar);
  bool run_whole(const char* grammar, std::span<const std::int16_t> pcm, const Unwanted& unwanted);
  double acoustic_score() const;

  std::unique_ptr<ps_decoder_s, Free> decoder_;
  std::string grammar_;
  bool open_ = false;
};

}  // namespace daedap::engines::pocketsphinx
