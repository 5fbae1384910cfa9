#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "audio/frame.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "speech/echo.hpp"
#include "speech/listener.hpp"
#include "speech/settings.hpp"
#include "speech/stt.hpp"
#include "speech/turn/taker.hpp"

namespace daedap::speech {

/// What somebody said up to a pause, and whether he had finished there.
struct SpokenPart {
  enum class Decision { complete, incomplete, wait };  // wait: he asked for a moment
  base::Time start, end;  // first and last voiced sample
  std::string text;
  Decision decision = Decision::incomplete;
  double score = 0;            // 0..1: how likely he had finished
  base::Duration wait{};       // the silence that the words asked for
  base::Duration silence{};    // the silence that followed
  std::vector<std::string> reasons{};
  base::Duration voiced{};
  double confidence = 1.0;
  bool late = false;           // the recogniser did not answer in time: interim text stands in
};

/// One person of a call between people: hears, transcribes each part between two pauses, and decides
/// whether the person has finished or only paused. A pause that the person ends by going on makes the
/// part before it `incomplete`; one that lasts as long as the words ask for ends the turn, `complete` unless the
/// words are surely not finished or ask to wait.
/// in      frames of this person; what the other one said (as context, and to know its echo)
/// out     `take_part`, in the order they were spoken, each exactly once
/// thread  the shard
class Speaker final : public audio::FrameSink {
 public:
  /// Without `detectors` voice is found by energy.
  Speaker(const Settings& settings, Stt& stt, VoiceDetectors* detectors = nullptr);

  /// errors  those of `Stt::open`; the voice is followed even so, without text
  base::Result<void> open();
  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override;
  /// What this person's telephone plays: its echo is not this person's voice.
  void on_heard_frame(const audio::Frame& frame, const audio::FrameInfo& info);
  void on_time(base::Time now);
  base::Time deadline() const;
  /// No more audio comes: late finals are waited for until `Settings::tail` is over.
  void close(base::Time now);
  bool settled() const;
  bool speaking() const { return listener_.voice().speaking(); }

  /// What the other one said last: a question shifts what is expected.
  void on_other_said(const std::string& text) { taker_.on_other_said(text); }
  std::optional<SpokenPart> take_part();
  /// The pauses, where they are kept; the last ones once it is closed.
  std::optional<turn::Pause> take_pause() { return taker_.take_pause(); }
  /// Failures of the recogniser since the last call of this.
  std::optional<base::Error> take_error();

 private:
  struct Part {  // one that waits for its text, or for its decision
    SpokenPart said;
    bool ended = false;    // voice stopped, the final was asked for
    bool final = false;    // and is there
    bool decided = false;
    std::optional<turn::Decision> hold{};  // what was thought of the pause when it ended
  };
  static constexpr std::size_t most_parts = 64;  // that wait for their text

  void on_heard(const ListenerEvent& event);
  void on_started(base::Time at);
  void on_stopped(const SpeechStopped& e);
  void on_partial(const std::string& text);
  void on_final(const FinalText& e);
  static void finish_text(Part& part, const FinalText& e);
  void went_on();
  void decide(base::Time now);
  static void settle(Part& part, SpokenPart::Decision decision, const turn::Decision& pause);
  static SpokenPart::Decision decision_of(const turn::Decision& pause);
  void cut(base::Time now);
  std::string turn_text() const;

  // given
  Settings settings_;
  // owned
  EchoGuard echo_;
  Decimator decimator_;
  std::vector<std::int16_t> played_;
  turn::TurnTaker taker_;
  Listener listener_;
  // state
  std::deque<Part> parts_;
  std::string said_before_;  // parts of this turn that were taken already
  std::optional<base::Error> error_;
  std::optional<base::Time> closed_;
  base::Time now_{};
};

}  // namespace daedap::speech
