#include "call/ai_leg.hpp"

#include <utility>

namespace daedap::call {

AiLeg::~AiLeg() {
  if (!left_) {
    party_.media().set_sink(nullptr);
    party_.media().set_sent_sink(nullptr);
  }
}

// @path invite-ai 5/6
base::Result<std::unique_ptr<AiLeg>> AiLeg::open(SipLeg& party, media::Recorder* recorder,
                                                 const speech::Settings& conversation, Surroundings& around) {
  std::unique_ptr<AiLeg> self(new AiLeg(party, recorder));
  self->conversation_ = std::make_unique<speech::Conversation>(conversation, around.engines, around.prompts,
                                                               party.media().player());
  if (auto opened = self->conversation_->open(); !opened) {
    self->left_ = true;  // nothing was joined
    return tl::unexpected(opened.error());
  }
  party.media().set_sink(self.get());
  if (recorder != nullptr) party.media().set_sent_sink(&recorder->agent());
  return self;
}

void AiLeg::start(base::Time now) {
  if (left_ || std::exchange(started_, true)) return;
  party_.start(now);
  conversation_->start(now);
}

void AiLeg::tick_send(base::Time now) {
  if (started_ && !left_) party_.tick_send(now);
}

void AiLeg::tick_receive(base::Time now) {
  if (!started_ || left_) return;
  party_.tick_receive(now);
  conversation_->on_time(now);
}

void AiLeg::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  conversation_->on_frame(frame, info);
  if (recorder_ != nullptr) recorder_->customer().on_frame(frame, info);
}

void AiLeg::on_digit(char digit, base::Time now) {
  if (started_ && !left_) conversation_->on_digit(digit, now);
}

void AiLeg::say(const std::string& text, base::Time now) {
  if (started_ && !left_) conversation_->say(text, now);
}

void AiLeg::leave(base::Time now) {
  if (std::exchange(left_, true)) return;
  party_.media().set_sink(nullptr);
  party_.media().set_sent_sink(nullptr);
  conversation_->on_hang_up(now);
}

void AiLeg::settle(base::Time now) { conversation_->on_time(now); }
bool AiLeg::settled() const { return conversation_->settled(); }
base::Time AiLeg::deadline() const { return conversation_->deadline(); }
std::optional<speech::ConversationOutput> AiLeg::take_output() { return conversation_->take_output(); }

}  // namespace daedap::call
