#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engines/pocketsphinx/recogniser.hpp"
#include "engines/workers.hpp"
#include "speech/stt.hpp"

namespace daedap::engines::pocketsphinx {

/// The utterances of one stream on their way through a decoder: the shard puts audio in, workers
/// take it out. At most one worker at a time is in here.
/// in      audio, of which at most `max_behind` waits; over it the oldest utterance loses its audio
/// out     partials and exactly one final per ended utterance, through `deliver`, on a worker; the final
///         is empty when the workers were so far behind that nobody waits for its words
/// thread  `begin`, `add`, `end`, `close` the shard; the rest a worker
class Utterances final : public Strand {
 public:
  using Deliver = std::function<void(speech::SttEvent)>;
  Utterances(Recogniser& recogniser, Deliver deliver);
  ~Utterances() override;

  /// An utterance that was begun and not ended is forgotten.
  void begin(const std::string& grammar, std::vector<std::int16_t> pre_roll);
  void add(std::span<const std::int16_t> pcm);
  void end();
  /// Nothing more is delivered; what waits is dropped, and a worker that is in here leaves within the
  /// decoding of 100 ms of audio, so that the decoder goes back to the others.
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    std::string grammar;
    std::vector<std::int16_t> pcm;
    bool ended = false, forgotten = false, shed = false;
    Clock::time_point ended_at;
  };
  /// What one run of a worker has to do.
  struct Work {
    Waiting piece;
    bool more = false;
  };
  void run() override;
  bool needs_decoder(std::string& grammar);
  bool take(Work& work);
  bool shed();
  bool lost(const Waiting& piece) const;
  bool left() const { return closed_ || recogniser_.workers().stopped(); }
  bool start(const std::string& grammar);
  void hear(const Waiting& piece);
  void finish(const Waiting& piece);
  void put_down();
  void say(speech::SttEvent event);

  // given
  Recogniser& recogniser_;
  // state, under mutex_
  std::mutex mutex_;
  Deliver deliver_;
  std::deque<Waiting> waiting_;  // the first is the one in the decoder
  std::size_t fresh_ = 0;        // samples added since the last wake
  std::size_t held_ = 0;         // samples in waiting_
  std::atomic<bool> closed_{false};  // read without the lock too
  // state of the worker
  std::unique_ptr<Decoder> decoder_;
  std::vector<std::int16_t> whole_;  // the utterance so far, at most `max_utterance`
  std::string last_partial_;
  bool behind_ = false;  // no partials of this utterance any more
};

}  // namespace daedap::engines::pocketsphinx
