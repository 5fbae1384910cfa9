#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audio/resampler.hpp"
#include "base/log.hpp"
#include "engines/espeak/helper_process.hpp"
#include "engines/espeak/wire.hpp"
#include "speech/tts.hpp"

namespace daedap::engines::espeak {

struct EspeakSettings {
  std::filesystem::path helper;  // empty = looked for, see `find_helper`
  unsigned helpers = 2;
  std::size_t max_queued = 64;                  // sentences waiting; over it engine_full
  std::chrono::milliseconds start_limit{5000};  // a helper that is not ready by then is replaced
  std::chrono::milliseconds silence_limit{3000};  // a helper that hangs in a sentence is replaced
  std::chrono::milliseconds queue_limit{5000};    // a sentence that waits longer fails (late)
  std::chrono::milliseconds backoff_first{50}, backoff_max{5000};
  std::string voice_ko = "ko", voice_en = "en-us";
  int speed_ko = 145, speed_en = 150;  // words per minute
};

/// One sentence to be spoken.
struct Sentence {
  std::string voice;  // as espeak-ng names it
  int speed = 150;    // words per minute
  std::string text;
  std::function<void(speech::TtsEvent)> deliver;
};

struct EspeakFigures {
  std::size_t queued = 0, speaking = 0, helpers_ready = 0;
  std::uint64_t done = 0, failed = 0, refused = 0, restarts = 0;
  std::uint64_t first_audio_count = 0, first_audio_us_total = 0, first_audio_us_max = 0;
};

struct Counters {
  std::atomic<std::size_t> queued{0}, speaking{0}, helpers_ready{0};
  std::atomic<std::uint64_t> done{0}, failed{0}, refused{0}, restarts{0};
  std::atomic<std::uint64_t> first_audio_count{0}, first_audio_us_total{0}, first_audio_us_max{0};
};

/// A sentence on its way.
struct Active {
  std::uint32_t id = 0;
  Sentence sentence;
  std::chrono::steady_clock::time_point asked;
  int tries = 0;
  bool heard = false;  // audio was delivered
  bool cancelled = false;
};

/// The place of one helper process: starts it, again after a crash and with growing pauses, and
/// runs one sentence at a time through it.
/// thread  the pool's
class Slot {
 public:
  using Clock = std::chrono::steady_clock;
  Slot(const EspeakSettings& settings, base::Log log, Counters& counters)
      : settings_(settings), log_(log), counters_(counters) {}

  /// Starts, restarts or gives up on the helper when it is time to.
  void on_time(Clock::time_point now);
  /// The socket has something.
  void on_readable(Clock::time_point now);
  void speak(Active active, Clock::time_point now);
  void cancel(std::uint32_t id);

  /// A sentence that its dead helper has not begun, to be tried again.
  std::optional<Active> take_retry() { return std::exchange(retry_, std::nullopt); }
  Clock::time_point deadline() const;
  int fd() const { return process_ ? process_->fd() : -1; }
  pid_t pid() const { return process_ ? process_->pid() : -1; }
  bool ready() const { return process_ && resampler_; }
  bool idle() const { return ready() && !active_; }
  /// Crashes or failed starts since something last worked.
  int failures() const { return failures_; }
  const std::string& why() const { return why_; }

 private:
  void start(Clock::time_point now);
  void lose(const base::Error& error, Clock::time_point now);
  base::Result<void> on_frame(const HelperFrame& frame, Clock::time_point now);
  base::Result<void> on_ready(const HelperFrame& frame);
  base::Result<void> on_audio(const HelperFrame& frame, Clock::time_point now);
  void note_first_audio(Clock::time_point now);
  void flush();
  void finish(speech::TtsEvent last);

  // given
  const EspeakSettings& settings_;
  base::Log log_;
  Counters& counters_;
  // owned
  std::optional<HelperProcess> process_;
  std::optional<audio::Resampler> resampler_;  // there once the helper is ready
  // state
  FrameReader reader_;
  std::optional<Active> active_, retry_;
  std::vector<std::int16_t> pcm_;  // of the frames read at once
  Clock::time_point start_at_ = Clock::time_point::min();
  Clock::time_point limit_ = Clock::time_point::max();
  int failures_ = 0;
  std::string why_;
};

}  // namespace daedap::engines::espeak
