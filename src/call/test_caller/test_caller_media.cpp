// Offers, answers and what the signalling tells the test caller.
#include "call/test_caller/test_caller.hpp"

#include "sdp/known_codecs.hpp"

namespace daedap::call {
namespace {

// A test may offer what nobody has.
sdp::Codec codec_named(const std::string& name) {
  return sdp::known_codec(name).value_or(sdp::Codec{.name = name, .payload_type = 127});
}

}  // namespace

base::Result<void> TestCaller::open_leg(std::unique_ptr<media::Leg>& leg, base::Time now) {
  auto opened = media::Leg::open(around_.ports, around_.udp, around_.random, now);
  if (!opened) return tl::unexpected(opened.error());
  leg = std::move(*opened);
  leg->set_sink(this);
  return {};
}

sdp::LocalMedia TestCaller::describe(const media::Leg& leg) {
  sdp::LocalMedia local{.rtp = plan_.advertised_media.with_port(leg.local_port())};
  for (const std::string& name : codecs_) local.codecs.push_back(codec_named(name));
  local.direction = direction_;
  local.session_id = 1;
  local.version = version_++;
  local.srtp = plan_.srtp;
  local.crypto = crypto_;
  local.secure_profile = secure_profile_;
  return local;
}

void TestCaller::use(const sdp::Negotiated& media, base::Time now) {
  leg_->configure(media, now);
  secure_profile_ = media.secure_profile;
  report_.srtp = media.srtp_send ? sdp::name(media.srtp_send->suite) : "";
  if (plan_.send_media) leg_->start(now);
}

void TestCaller::on(sip::ProgressIn& in, base::Time now) {
  if (in.status >= 180 && !report_.ringing_ms) report_.ringing_ms = base::to_ms(now - started_);
  if (in.answer.empty() || !offered_ || !leg_) return;
  if (auto agreed = sdp::accept(*offered_, in.answer)) use(*agreed, now);  // early media
}

void TestCaller::on(sip::AcceptedIn& in, base::Time now) {
  if (ended_) return sip_.hang_up(in.session, now);  // the 200 crossed our CANCEL
  if (answered_at_) return on_reoffer_accepted(in.answer, now);
  report_.answered = true;
  report_.code = 200;
  report_.setup_ms = base::to_ms(now - started_);
  answered_at_ = now;
  if (offered_) {
    if (auto agreed = sdp::accept(*offered_, in.answer)) return use(*agreed, now);
  } else if (auto answer = sdp::answer(in.answer, describe(*leg_))) {
    sip_.ack(in.session, answer->sdp, now);
    return use(answer->media, now);
  }
  sip_.hang_up(in.session, now);
  end("bad_answer", now);
}

void TestCaller::on(sip::RejectedIn& in, base::Time now) {
  if (in.alive) {
    next_leg_.reset();
    return;
  }
  report_.code = in.status;
  report_.retry_after = in.retry_after;
  end(in.status == 487 ? "cancelled" : "rejected", now);
}

void TestCaller::on(sip::OfferIn& in, base::Time now) {
  ++reinvites_;
  if (in.offer.empty()) {
    offered_ = describe(*leg_);
    return sip_.answer_offer(in.session, sdp::make_offer(*offered_), now);
  }
  auto answer = sdp::answer(in.offer, describe(*leg_));
  if (!answer) return sip_.refuse_offer(in.session, 488, now);
  sip_.answer_offer(in.session, answer->sdp, now);
  use(answer->media, now);
}

void TestCaller::on(sip::ByeIn&, base::Time now) { end("peer_hung_up", now); }
void TestCaller::on(sip::LostIn&, base::Time now) { end("lost", now); }

base::Result<void> TestCaller::reoffer(const std::vector<std::string>& codecs, bool new_port, base::Time now) {
  if (!answered_at_ || ended_) return base::fail(base::Code::bad_state, "no call to change");
  codecs_ = codecs;
  if (new_port) {
    if (auto opened = open_leg(next_leg_, now); !opened) return opened;
  }
  offered_ = describe(next_leg_ ? *next_leg_ : *leg_);
  sip_.offer(*session_, sdp::make_offer(*offered_), now);
  drain(now);
  return {};
}

base::Result<void> TestCaller::hold(bool on, base::Time now) {
  direction_ = on ? sdp::Direction::sendonly : sdp::Direction::sendrecv;
  return reoffer(codecs_, false, now);
}

void TestCaller::on_reoffer_accepted(const std::string& answer, base::Time now) {
  const auto agreed = sdp::accept(*offered_, answer);
  if (!agreed) return end("bad_answer", now);
  if (next_leg_) {
    leg_->set_sink(nullptr);
    script_.move(leg_->player(), next_leg_->player());
    leg_ = std::move(next_leg_);
  }
  use(*agreed, now);
}

}  // namespace daedap::call
