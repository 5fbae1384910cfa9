#include "sim/desk_phone.hpp"

#include <array>
#include <cmath>
#include <numbers>

#include "call/dtmf_info.hpp"
#include "sdp/known_codecs.hpp"

namespace daedap::sim {

DeskPhone::DeskPhone(World& world, Network& network, Settings settings, std::uint64_t seed)
    : world_(world),
      network_(network),
      settings_(std::move(settings)),
      address_(*base::Address::parse_ip(settings_.ip, settings_.sip_port)),
      random_(base::seeded(seed)) {
  ports_ = std::make_unique<media::PortRange>(address_.with_port(0), 40'000, 40'039);
  sip::EndpointSettings sip;
  sip.advertised = address_;
  sip_ = std::make_unique<sip::Endpoint>(sip, random_);
  if (settings_.srtp != sdp::SrtpPolicy::off) crypto_ = sdp::make_crypto(random_);
  auto socket = network.open(address_, [this](auto bytes, const auto& from, base::Time now) { on_datagram(bytes, from, now); });
  socket_ = std::move(socket.value());
  world.every(audio::frame_time, [this, token = alive_.token()] {
    if (token) tick();
    return static_cast<bool>(token);
  });
}

DeskPhone::~DeskPhone() = default;

void DeskPhone::on_datagram(std::span<const std::uint8_t> bytes, const base::Address& from, base::Time now) {
  sip_->on_message({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, {.remote = from}, now);
  pump();
}

void DeskPhone::tick() {
  const base::Time now = world_.now();
  if (leg_ && (talking_ || (ringing_ && settings_.early_media))) {
    std::array<std::int16_t, audio::frame_samples> tone{};
    for (std::int16_t& sample : tone) {
      const double t = static_cast<double>(played_++) / audio::sample_rate;
      if (said_ < saying_.size()) sample = saying_[said_++];
      else if (settings_.hz > 0) sample = static_cast<std::int16_t>(8000 * std::sin(2 * std::numbers::pi * settings_.hz * t));
    }
    (void)leg_->player().enqueue(tone);
    leg_->tick_send(now);
    leg_->tick_receive(now);
    if (++ticks_ % 50 == 0) leg_->on_time(now);
  }
  if (sip_->deadline() <= now) sip_->on_time(now);
  pump();
}

void DeskPhone::pump() {
  while (auto output = sip_->take_output()) {
    if (const auto* send = std::get_if<sip::Send>(&*output)) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(send->bytes.data());
      (void)socket_->send({bytes, send->bytes.size()}, send->flow.remote);
      continue;
    }
    std::visit([this](auto& in) { on(in); }, *output);
  }
}

bool DeskPhone::open_media() {
  auto leg = media::Leg::open(*ports_, network_, random_, world_.now());
  if (!leg) return false;
  leg_ = std::move(*leg);
  leg_->set_sink(this);
  leg_->set_digit_sink([this](char digit, base::Time) { digits_.push_back(digit); });
  return true;
}

sdp::LocalMedia DeskPhone::describe() {
  sdp::LocalMedia local;
  local.rtp = address_.with_port(leg_->local_port());
  for (const std::string& name : settings_.codecs) local.codecs.push_back(*sdp::known_codec(name));
  local.direction = wanted_;
  local.session_id = 7;
  local.version = version_++;
  local.srtp = settings_.srtp;
  local.crypto = crypto_;
  local.secure_profile = agreed_ && agreed_->secure_profile;
  return local;
}

void DeskPhone::use(const sdp::Negotiated& media) {
  agreed_ = media;
  leg_->configure(media, world_.now());
}

void DeskPhone::on(sip::InviteIn& in) {
  ++invites_;
  const base::Time now = world_.now();
  if (settings_.reject != 0) return sip_->reject(in.session, settings_.reject, now);
  if (in.offer.find(" " + settings_.profile + " ") == std::string::npos && !settings_.profile.empty())
    return sip_->reject(in.session, 488, now);
  if (session_ || !open_media()) return sip_->reject(in.session, 486, now);
  session_ = in.session;
  offer_ = in.offer;
  invite_ = in.request;
  ringing_ = true;
  over_ = false;
  wanted_ = sdp::Direction::sendrecv;
  if (!offer_.empty()) {
    auto answer = sdp::answer(offer_, describe());
    if (!answer) {
      end();
      return sip_->reject(in.session, 488, now);
    }
    answer_ = answer->sdp;
    use(answer->media);
  }
  const auto when = [this](base::Duration after, auto what) {
    world_.post_after(after, [this, what, session = *session_, token = alive_.token()] {
      if (!token || session_ != session || !ringing_) return;
      what();
      pump();
    });
  };
  when(settings_.ring_after, [this] {
    if (!settings_.early_media) return sip_->ring(*session_, world_.now());
    sip_->ring(*session_, world_.now(), 183, answer_);
    leg_->start(world_.now());
  });
  if (settings_.answer_after) when(*settings_.answer_after, [this] { answer(); });
}

void DeskPhone::answer() {
  if (!session_ || !ringing_) return;
  ringing_ = false;
  talking_ = true;
  if (offer_.empty()) {
    offered_ = describe();
    answer_ = sdp::make_offer(offered_);
  }
  sip_->accept(*session_, answer_, world_.now());
  leg_->start(world_.now());
  pump();
}

void DeskPhone::on(sip::CancelIn& in) {
  ++cancels_;
  if (session_ == in.session) end();
}

void DeskPhone::on(sip::OfferIn& in) {
  reoffers_.push_back(in.offer);
  if (session_ != in.session) return sip_->refuse_offer(in.session, 481, world_.now());
  auto answer = sdp::answer(in.offer, describe());
  if (!answer) return sip_->refuse_offer(in.session, 488, world_.now());
  use(answer->media);
  sip_->answer_offer(in.session, answer->sdp, world_.now());
}

void DeskPhone::on(sip::AcceptedIn& in) {
  if (session_ != in.session) return;
  if (const auto media = sdp::accept(offered_, in.answer)) use(*media);
}

void DeskPhone::on(sip::ByeIn& in) {
  if (session_ == in.session) end();
}

void DeskPhone::on(sip::LostIn& in) {
  if (session_ == in.session) end();
}

void DeskPhone::on(sip::InfoIn& in) {
  if (const auto digit = call::digit_of_info(in.content_type, in.body)) digits_.push_back(*digit);
}

void DeskPhone::hang_up() {
  if (session_) sip_->hang_up(*session_, world_.now());
  end();
  pump();
}

void DeskPhone::hold(bool on) {
  if (!session_) return;
  wanted_ = on ? sdp::Direction::sendonly : sdp::Direction::sendrecv;
  offered_ = describe();
  sip_->offer(*session_, sdp::make_offer(offered_), world_.now());
  pump();
}

void DeskPhone::refer(const std::string& target, const std::string& replaces) {
  if (session_) sip_->refer(*session_, target, replaces, "<" + contact() + ">", world_.now());
  pump();
}

void DeskPhone::send_info(char digit) {
  if (session_) sip_->send_info(*session_, "application/dtmf-relay", std::string("Signal=") + digit + "\r\n", world_.now());
  pump();
}

void DeskPhone::end() {
  session_.reset();
  agreed_.reset();
  leg_.reset();
  ringing_ = talking_ = false;
  over_ = true;
}

void DeskPhone::on_frame(const audio::Frame& frame, const audio::FrameInfo&) {
  if (heard_.size() < 60UL * 600 * audio::sample_rate / 10) heard_.insert(heard_.end(), frame.begin(), frame.end());
}

}  // namespace daedap::sim
