#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audio/frame.hpp"
#include "base/result.hpp"
#include "speech/echo.hpp"
#include "speech/settings.hpp"
#include "speech/stt.hpp"
#include "speech/vad.hpp"

namespace daedap::speech {

struct SpeechStarted {
  base::Time at;  // first voiced sample
};
struct SpeechStopped {
  base::Time at;       // last voiced sample
  base::Time noticed;  // when voice activity said so
  base::Duration voiced;
};
struct PartialText {
  std::string text;
};
/// What one utterance came to. `text` is empty when nothing was understood.
struct FinalText {
  std::string text;
  double confidence = 1.0;
  bool late = false;  // the recogniser did not answer in time: the last interim text stands in
};
/// The recogniser died; `for_good` = it was opened again once already, no text will come any more.
struct ListenerLost {
  base::Error error;
  bool for_good;
};
using ListenerEvent = std::variant<SpeechStarted, SpeechStopped, PartialText, FinalText, ListenerLost>;

/// One speaker: frames in, what was said out. Finds voice, leaves out our own echo, feeds the
/// recogniser every sample exactly once and in order (silence too; the last `pre_roll` before a
/// voice is held back so that it lies inside the utterance), and revives a dead recogniser once.
/// thread  the shard; `report` is called from `on_frame`, `on_time`, engine events and late detectors
class Listener {
 public:
  using Report = std::function<void(const ListenerEvent&)>;
  /// Without `detectors` voice is found by energy.
  Listener(const Settings& settings, Stt& stt, EchoGuard& echo, Report report,
           VoiceDetectors* detectors = nullptr);

  /// Opens the recogniser when it knows the language. errors  those of `Stt::open`
  base::Result<void> open(const std::string& grammar);
  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info);
  void on_time(base::Time now);
  base::Time deadline() const;
  /// The utterance is over: exactly one FinalText follows, unless no utterance was open.
  void end_utterance(base::Time now);
  /// The same in the middle of speech, which goes on as the next utterance.
  void cut_utterance(base::Time now);
  /// Which phrases to expect from now on.
  void expect(const std::string& grammar);
  /// No more audio comes and the recogniser is not revived any more.
  void close();

  /// A recogniser is there (or is being revived).
  bool understands() const { return understands_; }
  bool utterance_open() const { return open_; }
  bool awaiting_final() const;
  const std::string& interim() const { return interim_; }
  const VoiceActivity& voice() const { return voice_; }

 private:
  struct Asked {  // one `end_utterance` that waits for its final
    base::Time at;
    std::string interim;
    bool given_up = false;
  };
  struct Half {  // 10 ms that the detector has not judged yet
    base::Time at;
    bool ours;  // made up for a lost packet, or our own echo: no voice, whatever it sounds like
  };
  void on_half(std::span<const std::int16_t, half_samples> pcm, const audio::FrameInfo& info, base::Time at);
  void on_probability(double probability);
  void feed(const audio::Frame& frame);
  void begin_utterance();
  base::Result<void> connect();
  void on_stt(SttEvent event);
  void on_final(const SttFinal& final);
  void on_failed(const base::Error& error);
  void revive(base::Time now);
  void give_up_late(base::Time now);

  // given
  Settings settings_;
  Stt& stt_;
  EchoGuard& echo_;
  Report report_;
  std::size_t held_frames_;  // of the past that may still belong to an utterance
  // owned
  VoiceActivity voice_;
  std::unique_ptr<VoiceDetector> detector_;
  std::deque<Half> unjudged_;
  std::unique_ptr<SttStream> stream_;
  std::vector<std::unique_ptr<SttStream>> dead_;  // destroyed outside their own sinks
  std::deque<audio::Frame> held_;                 // not yet pushed
  std::deque<audio::Frame> replay_;               // the running utterance's last two seconds
  // state
  std::string grammar_, interim_;
  std::deque<Asked> asked_;
  std::optional<base::Time> revive_at_;
  base::Time now_{};
  bool understands_ = false, open_ = false, revived_ = false, closed_ = false;
};

}  // namespace daedap::speech
