#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "call/sip_leg.hpp"
#include "speech/tts.hpp"

namespace daedap::call {

/// Tells the person who takes a caller over from the AI what it is about, before the two hear each
/// other. The words are made while his telephone still rings.
/// in      his leg once he answered, ticks     out  `over`, then `take_leg`
/// limits  no sound `late` after the answer, or `longest` of it: over; a dead synthesizer costs nothing
/// thread  the shard
class Briefing {
 public:
  static constexpr std::chrono::seconds late{3}, longest{15};

  Briefing(const speech::TtsRequest& words, speech::Tts& tts);
  Briefing(const Briefing&) = delete;
  Briefing& operator=(const Briefing&) = delete;

  /// He answered: `leg` is configured, its session set.
  void start(std::unique_ptr<SipLeg> leg, std::string operator_id, base::Time now);
  void tick_send(base::Time now);
  void tick_receive(base::Time now) { leg_->tick_receive(now); }
  /// He pressed a key: he knows enough.
  void skip() { skipped_ = true; }

  bool over(base::Time now) const;
  /// nullptr while his telephone rings.
  SipLeg* leg() { return leg_.get(); }
  const std::string& operator_id() const { return operator_id_; }
  std::unique_ptr<SipLeg> take_leg();

 private:
  void on_event(const speech::TtsEvent& event);

  // owned
  std::unique_ptr<SipLeg> leg_;
  std::vector<std::int16_t> pcm_;  // not yet given to the player
  std::unique_ptr<speech::TtsStream> stream_;
  // state
  std::string operator_id_;
  base::Time started_{};
  std::size_t made_ = 0;  // samples
  bool complete_ = false, skipped_ = false;
};

}  // namespace daedap::call
