#pragma once

#include <array>
#include <deque>
#include <optional>

#include "audio/frame.hpp"
#include "base/time.hpp"
#include "speech/speaker.hpp"

namespace daedap::call {

/// Hears the two people of a call apart: transcribes each, and decides after each pause who has finished.
/// in      frames of each, by `ear`; ticks
/// out     `take_turn`, in the order in which they were settled, each exactly once
/// thread  the shard
class Listening {
 public:
  enum class Who { customer, agent };
  struct Turn {
    Who who;
    speech::SpokenPart part;
  };

  /// Without `detectors` voice is found by energy.
  Listening(const speech::Settings& settings, speech::Stt& stt, speech::VoiceDetectors* detectors = nullptr);
  /// errors  those of `Stt::open` for either of them: both voices are followed even so, without text
  base::Result<void> open();

  /// Takes the frames of one person, 20 ms each, in order.
  audio::FrameSink& ear(Who who) { return ears_[who == Who::agent]; }
  void on_time(base::Time now);
  base::Time deadline() const;
  /// No more audio comes: late finals are waited for, at most `Settings::tail`.
  void close(base::Time now);
  bool settled() const;
  std::optional<Turn> take_turn();
  struct Paused {
    Who who;
    speech::turn::Pause pause;
  };
  /// The pauses of both, where they are kept.
  std::optional<Paused> take_pause();
  /// A recogniser failed since the last call of this.
  std::optional<base::Error> take_error();

 private:
  /// One person's frames also are what the other one's telephone plays.
  class Ear final : public audio::FrameSink {
   public:
    Ear(speech::Speaker& own, speech::Speaker& other) : own_(own), other_(other) {}
    void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override;

   private:
    speech::Speaker& own_;
    speech::Speaker& other_;
  };

  std::array<speech::Speaker, 2> speakers_;  // customer, agent
  std::array<Ear, 2> ears_;
};

}  // namespace daedap::call
