#include "call/ai_leg.hpp"

#include <algorithm>

namespace daedap::call {
namespace {

constexpr unsigned ticks_per_second = 50;

sdp::Codec codec_named(const std::string& name) {
  return {.name = name, .payload_type = name == "PCMA" ? 8 : 0};
}

}  // namespace

AiLeg::AiLeg(const Settings& settings, std::unique_ptr<media::Leg> leg, std::uint64_t session_id)
    : settings_(settings), leg_(std::move(leg)) {
  local_.rtp = settings.advertised_media.with_port(leg_->local_port());
  for (const std::string& name : settings.codecs) local_.codecs.push_back(codec_named(name));
  local_.session_id = session_id;
}

AiLeg::~AiLeg() = default;

// @path invite-ai 5/6
base::Result<std::unique_ptr<AiLeg>> AiLeg::open(const speech::Settings& conversation, const Settings& settings,
                                                 Surroundings& around, base::Time now) {
  auto leg = media::Leg::open(around.ports, around.udp, around.random, now);
  if (!leg) return tl::unexpected(leg.error());
  // Some user agents read the o-line's numbers as signed 32-bit.
  std::unique_ptr<AiLeg> self(new AiLeg(settings, std::move(*leg), around.random.u32() >> 1));
  self->local_.srtp = settings.srtp;
  if (settings.srtp != sdp::SrtpPolicy::off) self->local_.crypto = sdp::make_crypto(around.random);
  self->conversation_ = std::make_unique<speech::Conversation>(conversation, around.engines, around.prompts,
                                                               self->leg_->player());
  if (auto opened = self->conversation_->open(); !opened) return tl::unexpected(opened.error());
  self->begin(conversation, around);
  return self;
}

void AiLeg::begin(const speech::Settings& conversation, Surroundings& around) {
  leg_->set_sink(this);
  if (!settings_.record || !around.open_recording) return;
  auto sink = around.open_recording(conversation.call_id);
  if (!sink) return;
  recorder_ = std::make_unique<media::Recorder>(std::move(sink));
  leg_->set_sent_sink(&recorder_->agent());
}

sdp::LocalMedia AiLeg::next_description() {
  sdp::LocalMedia now_local = local_;
  ++local_.version;
  return now_local;
}

base::Result<std::string> AiLeg::answer(std::string_view offer, base::Time now) {
  auto answer = sdp::answer(offer, next_description());
  if (!answer) return tl::unexpected(answer.error());
  agree(std::move(answer->media), now);
  return std::move(answer->sdp);
}

std::string AiLeg::make_offer() { return sdp::make_offer(next_description()); }

base::Result<void> AiLeg::on_answer(std::string_view answer, base::Time now) {
  auto agreed = sdp::accept(local_, answer);
  if (!agreed) return tl::unexpected(agreed.error());
  agree(std::move(*agreed), now);
  return {};
}

void AiLeg::agree(sdp::Negotiated media, base::Time now) {
  leg_->configure(media, now);
  local_.secure_profile = media.secure_profile;
  agreed_ = std::move(media);
}

void AiLeg::start(base::Time now) {
  if (started_ || hung_up_) return;
  started_ = true;
  began_ = now;
  leg_->start(now);
  conversation_->start(now);
}

void AiLeg::tick_send(base::Time now) {
  if (started_ && !hung_up_) leg_->tick_send(now);
}

void AiLeg::tick_receive(base::Time now) {
  if (!started_ || hung_up_) return;
  leg_->tick_receive(now);
  conversation_->on_time(now);
  if (++ticks_ % ticks_per_second == 0) leg_->on_time(now);
}

void AiLeg::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  conversation_->on_frame(frame, info);
  if (recorder_) recorder_->customer().on_frame(frame, info);
}

void AiLeg::on_digit(char digit, base::Time now) {
  if (started_ && !hung_up_) conversation_->on_digit(digit, now);
}

void AiLeg::set_digit_sink(std::function<void(char, base::Time)> sink) { leg_->set_digit_sink(std::move(sink)); }

void AiLeg::say(const std::string& text, base::Time now) {
  if (started_ && !hung_up_) conversation_->say(text, now);
}

void AiLeg::hang_up(base::Time now) {
  if (hung_up_) return;
  hung_up_ = true;
  leg_->set_sink(nullptr);
  leg_->set_sent_sink(nullptr);
  leg_->set_digit_sink(nullptr);
  if (recorder_) recorder_->close();
  conversation_->on_hang_up(now);
}

void AiLeg::settle(base::Time now) { conversation_->on_time(now); }
bool AiLeg::settled() const { return conversation_->settled(); }
base::Time AiLeg::deadline() const { return conversation_->deadline(); }
std::optional<speech::ConversationOutput> AiLeg::take_output() { return conversation_->take_output(); }

bool AiLeg::deaf_for(base::Duration limit, base::Time now) const {
  if (!started_ || hung_up_ || !agreed_) return false;
  // A peer that holds us is right to be silent.
  const bool may_send = agreed_->direction == sdp::Direction::sendrecv || agreed_->direction == sdp::Direction::recvonly;
  const base::Time last = leg_->heard_anything() ? std::max(leg_->last_received(), began_) : began_;
  return may_send && now - last > limit;
}

media::LegStats AiLeg::stats() const { return leg_->stats(); }
std::uint16_t AiLeg::local_port() const { return leg_->local_port(); }

}  // namespace daedap::call
