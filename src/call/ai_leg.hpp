#pragma once

#include <memory>
#include <optional>
#include <string>

#include "audio/frame.hpp"
#include "call/sip_leg.hpp"
#include "call/switchboard.hpp"
#include "media/recorder.hpp"
#include "speech/conversation.hpp"

namespace daedap::call {

/// The AI at one end of a call: its conversation with the party of a SIP leg. Hands each received
/// frame to the conversation and to the recorder, and what is sent to the recorder.
/// in      digits, ticks
/// out     `take_output` of the conversation
/// thread  the shard
class AiLeg final : public audio::FrameSink {
 public:
  /// Opens the conversation's engine streams on `party`; sends nothing yet. `recorder` may be null.
  /// errors  engine_not_ready, engine_full, engine_failed
  static base::Result<std::unique_ptr<AiLeg>> open(SipLeg& party, media::Recorder* recorder,
                                                   const speech::Settings& conversation, Surroundings& around);
  ~AiLeg() override;

  /// The call is accepted and the peer's address known: the conversation begins with the next tick.
  void start(base::Time now);
  bool started() const { return started_; }

  void tick_send(base::Time now);
  /// Receives, then gives the conversation its time.
  void tick_receive(base::Time now);
  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override;
  void on_digit(char digit, base::Time now);
  void say(const std::string& text, base::Time now);
  /// The party holds us, or no longer.
  void on_hold(bool held, base::Time now) { conversation_->on_hold(held, now); }
  /// A person is being rung for the party: we hear, and say nothing.
  void stand_by(bool on, base::Time now) { conversation_->stand_by(on, now); }

  /// The conversation stops at the sample that was heard and lets go of the party; what is under way
  /// settles.
  void leave(base::Time now);
  bool left() const { return left_; }
  /// Time for a conversation that settles.
  void settle(base::Time now);
  bool settled() const;
  base::Time deadline() const;
  std::optional<speech::ConversationOutput> take_output();

 private:
  AiLeg(SipLeg& party, media::Recorder* recorder) : party_(party), recorder_(recorder) {}

  // given; both outlive `leave`
  SipLeg& party_;
  media::Recorder* recorder_;
  // owned
  std::unique_ptr<speech::Conversation> conversation_;
  // state
  bool started_ = false;
  bool left_ = false;
};

}  // namespace daedap::call
