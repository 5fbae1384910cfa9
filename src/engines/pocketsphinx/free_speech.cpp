#include "engines/pocketsphinx/free_speech.hpp"

#include <pocketsphinx.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace daedap::engines::pocketsphinx {
namespace {

struct FreeConfig {
  void operator()(cmd_ln_t* c) const { cmd_ln_free_r(c); }
};
struct FreeDecoder {
  void operator()(ps_decoder_t* d) const { ps_free(d); }
};

// Another language than English, or a machine that is busy, takes many times the length of the audio.
constexpr std::chrono::seconds patience{20};
constexpr std::size_t piece_samples = 8000;

}  // namespace

base::Result<std::string> transcribe_free_speech(std::span<const std::int16_t> pcm, const std::filesystem::path& folder) {
  const std::string model = folder / "en-us", words = folder / "en-us.lm.bin", dictionary = folder / "cmudict-en-us.dict";
  std::error_code error;
  if (!std::filesystem::exists(words, error)) return base::fail(base::Code::not_found, "no language model", words);
  const std::unique_ptr<cmd_ln_t, FreeConfig> config(cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", model.c_str(), "-lm", words.c_str(), "-dict",
                                                                 dictionary.c_str(), "-logfn", "/dev/null", nullptr));
  const std::unique_ptr<ps_decoder_t, FreeDecoder> decoder(config ? ps_init(config.get()) : nullptr);
  if (!decoder || ps_start_utt(decoder.get()) < 0) return base::fail(base::Code::engine_failed, "the recogniser does not start");
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!pcm.empty() && std::chrono::steady_clock::now() < give_up) {
    const auto piece = pcm.first(std::min(pcm.size(), piece_samples));
    ps_process_raw(decoder.get(), piece.data(), piece.size(), FALSE, FALSE);
    pcm = pcm.subspan(piece.size());
  }
  ps_end_utt(decoder.get());
  const char* text = ps_get_hyp(decoder.get(), nullptr);
  return std::string(text ? text : "");
}

}  // namespace daedap::engines::pocketsphinx
