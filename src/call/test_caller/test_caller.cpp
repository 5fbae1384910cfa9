#include "call/test_caller/test_caller.hpp"

#include <algorithm>

namespace daedap::call {
namespace {

constexpr std::size_t most_heard = std::size_t{30} * 60 * audio::sample_rate;
constexpr base::Millis parting{2000};

}  // namespace

TestCaller::TestCaller(TestPlan plan, sip::EndpointSettings sip, Surroundings around)
    : plan_(std::move(plan)),
      around_(around),
      sip_(std::move(sip), around.random),
      script_(std::move(plan_.steps)),
      codecs_(plan_.codecs) {
  if (plan_.srtp != sdp::SrtpPolicy::off) crypto_ = sdp::make_crypto(around_.random);
}

TestCaller::~TestCaller() = default;

base::Result<void> TestCaller::start(base::Time now) {
  started_ = now;
  if (auto opened = open_leg(leg_, now); !opened) return opened;
  sip::OutgoingInvite invite{.target = plan_.target, .from = plan_.from, .flow = plan_.flow};
  invite.user = plan_.user;
  invite.password = plan_.password;
  if (plan_.offer_in_invite) {
    offered_ = describe(*leg_);
    invite.offer = sdp::make_offer(*offered_);
  }
  session_ = sip_.invite(invite, now);
  drain(now);
  return {};
}

void TestCaller::on_message(std::string_view bytes, const sip::Flow& flow, base::Time now) {
  sip_.on_message(bytes, flow, now);
  drain(now);
}

void TestCaller::on_flow_failed(const sip::Flow& flow, base::Time now) {
  sip_.on_flow_failed(flow, now);
  drain(now);
}

void TestCaller::on_time(base::Time now) {
  sip_.on_time(now);
  drain(now);
}

base::Time TestCaller::deadline() const { return sip_.deadline(); }

void TestCaller::drain(base::Time now) {
  while (auto output = sip_.take_output()) {
    if (auto* send = std::get_if<sip::Send>(&*output)) {
      outbox_.push_back(std::move(*send));
      continue;
    }
    std::visit([&](auto& one) { on(one, now); }, *output);
  }
}

std::optional<sip::Send> TestCaller::take_output() {
  if (outbox_.empty()) return std::nullopt;
  sip::Send send = std::move(outbox_.front());
  outbox_.pop_front();
  return send;
}

void TestCaller::on_tick(base::Time now) {
  if (ended_) return;
  if (!answered_at_) {
    if (now - started_ < plan_.no_answer) return;
    sip_.cancel(*session_, now);
    end("no_answer", now);
    return drain(now);
  }
  if (plan_.send_media) leg_->tick_send(now);
  leg_->tick_receive(now);
  if (++ticks_ % 50 == 0 && plan_.send_media) leg_->on_time(now);
  script_.on_tick(ear_, {leg_->player(), [this](char digit) { return leg_->send_digit(digit); }}, now);
  if (script_.over() && plan_.hang_up_at_end) {
    hang_up(now);
  } else if (now - *answered_at_ >= plan_.max_duration) {
    sip_.hang_up(*session_, now);
    end("max_duration", now);
    drain(now);
  }
}

void TestCaller::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  ear_.on_frame(frame, info);
  if (report_.heard.size() < most_heard) report_.heard.insert(report_.heard.end(), frame.begin(), frame.end());
  if (plan_.echo > 0 && leg_->player().queued() == 0) send_echo(frame);
}

void TestCaller::send_echo(const audio::Frame& frame) {
  audio::Frame quieter;
  std::ranges::transform(frame, quieter.begin(), [&](std::int16_t s) { return static_cast<std::int16_t>(s * plan_.echo); });
  leg_->player().enqueue(quieter);
}

void TestCaller::hang_up(base::Time now) {
  if (ended_ || !session_) return;
  sip_.hang_up(*session_, now);
  end("completed", now);
  drain(now);
}

void TestCaller::cancel(base::Time now) {
  if (ended_ || answered_at_ || !session_) return;
  sip_.cancel(*session_, now);
  drain(now);
}

void TestCaller::send_info(const std::string& content_type, const std::string& body, base::Time now) {
  if (session_) sip_.send_info(*session_, content_type, body, now);
  drain(now);
}

void TestCaller::end(const char* cause, base::Time now) {
  if (ended_) return;
  ended_ = now;
  report_.cause = cause;
  report_.turns = script_.turns();
  if (answered_at_) report_.duration_ms = base::to_ms(now - *answered_at_);
  if (leg_) report_.media = leg_->stats();
}

bool TestCaller::over(base::Time now) const {
  return ended_ && (sip_.sessions() == 0 || now - *ended_ >= parting);
}

std::uint16_t TestCaller::local_port() const { return leg_ ? leg_->local_port() : 0; }
std::size_t TestCaller::transactions() const { return sip_.transactions(); }

}  // namespace daedap::call
