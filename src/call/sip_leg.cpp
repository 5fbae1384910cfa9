#include "call/sip_leg.hpp"

#include <algorithm>
#include <utility>

#include "sdp/audio_line.hpp"
#include "sdp/crypto.hpp"
#include "sdp/known_codecs.hpp"

namespace daedap::call {
namespace {

constexpr unsigned ticks_per_second = 50;

}  // namespace

SipLeg::SipLeg(std::string name, const Settings& settings, std::unique_ptr<media::Leg> media, Surroundings& around)
    : name_(std::move(name)), media_(std::move(media)) {
  local_.rtp = settings.advertised_media.with_port(media_->local_port());
  for (const std::string& name : settings.codecs)
    if (auto codec = sdp::known_codec(name)) local_.codecs.push_back(std::move(*codec));
  set_srtp(settings.srtp, around.random);
  // Some user agents read the o-line's numbers as signed 32-bit.
  local_.session_id = around.random.u32() >> 1;
}

base::Result<std::unique_ptr<SipLeg>> SipLeg::open(std::string name, const Settings& settings, Surroundings& around,
                                                   base::Time now) {
  auto media = media::Leg::open(around.ports, around.udp, around.random, now);
  if (!media) return tl::unexpected(media.error());
  return std::unique_ptr<SipLeg>(new SipLeg(std::move(name), settings, std::move(*media), around));
}

void SipLeg::set_srtp(sdp::SrtpPolicy policy, base::Random& random) {
  local_.srtp = policy;
  if (policy != sdp::SrtpPolicy::off && local_.crypto.empty()) local_.crypto = sdp::make_crypto(random);
}

sdp::LocalMedia SipLeg::next_description() {
  sdp::LocalMedia described = local_;
  ++local_.version;
  return described;
}

base::Result<std::string> SipLeg::answer(std::string_view offer, base::Time now, std::string_view wanted) {
  sdp::LocalMedia described = next_description();
  const auto is_wanted = [&](const sdp::Codec& codec) { return codec.name == wanted; };
  if (std::ranges::any_of(described.codecs, is_wanted)) {
    sdp::LocalMedia narrow = described;
    std::erase_if(narrow.codecs, [&](const sdp::Codec& codec) { return !is_wanted(codec); });
    if (auto answer = sdp::answer(offer, narrow)) {
      agree(std::move(answer->media), now);
      return std::move(answer->sdp);
    }
  }
  auto answer = sdp::answer(offer, described);
  if (!answer) return tl::unexpected(answer.error());
  agree(std::move(answer->media), now);
  return std::move(answer->sdp);
}

std::string SipLeg::make_offer(const std::vector<std::string>& first) {
  offered_ = next_description();
  const auto rank = [&](const sdp::Codec& codec) { return std::ranges::find(first, codec.name) - first.begin(); };
  std::ranges::stable_sort(offered_.codecs, {}, rank);
  if (agreed_) keep_agreed(offered_);
  return sdp::make_offer(offered_);
}

/// A payload type means the same codec for as long as the session lasts, and the suite in use comes first,
/// so that no peer changes codec or key without need. spec  RFC 3264 §8.3.2, RFC 4568 §7.1.4
void SipLeg::keep_agreed(sdp::LocalMedia& described) const {
  std::vector<sdp::Codec> codecs = agreed_->receive;
  std::ranges::stable_partition(codecs, [&](const sdp::Codec& one) { return one.name == agreed_->codec.name; });
  for (sdp::Codec& one : described.codecs) {
    const auto clashes = [&](const sdp::Codec& other) { return other.name == one.name || other.payload_type == one.payload_type; };
    if (std::ranges::none_of(codecs, clashes)) codecs.push_back(std::move(one));
  }
  described.codecs = std::move(codecs);
  if (agreed_->recv_event_type) described.event = {*agreed_->recv_event_type, agreed_->event_clock_rate};
  if (agreed_->srtp_send)
    std::ranges::stable_partition(described.crypto, [&](const auto& key) { return key.suite == agreed_->srtp_send->suite; });
}

std::string SipLeg::offer_again() {
  if (!agreed_) return make_offer();
  offered_ = next_description();
  keep_agreed(offered_);
  offered_.codecs.resize(1);
  offered_.crypto.resize(agreed_->srtp_send ? 1 : 0);
  offered_.telephone_event = agreed_->recv_event_type.has_value();
  return sdp::make_offer(offered_);
}

std::string SipLeg::last_offer(bool secure_profile) const {
  sdp::LocalMedia described = offered_;
  described.secure_profile = secure_profile;
  return sdp::make_offer(described);
}

base::Result<void> SipLeg::on_answer(std::string_view answer, base::Time now) {
  auto agreed = sdp::accept(offered_, answer);
  if (!agreed) return tl::unexpected(agreed.error());
  agree(std::move(*agreed), now);
  return {};
}

void SipLeg::agree(sdp::Negotiated media, base::Time now) {
  // Silence counts from when the peer may send again: after a hold it has been still for long.
  if (sdp::receives(media.direction) && !(agreed_ && sdp::receives(agreed_->direction))) began_ = now;
  media_->configure(media, now);
  local_.secure_profile = media.secure_profile;
  agreed_ = std::move(media);
}

void SipLeg::start(base::Time now) {
  if (std::exchange(started_, true)) return;
  began_ = now;
  media_->start(now);
}

void SipLeg::tick_receive(base::Time now) {
  if (!started_) return;
  media_->tick_receive(now);
  tick_reports(now);
}

void SipLeg::tick_reports(base::Time now) {
  if (++ticks_ % ticks_per_second == 0) media_->on_time(now);
}

LegFigures SipLeg::figures() const {
  LegFigures all{.name = name_, .stats = stats()};
  if (!tap_) return all;
  all.speaker = customer_ ? "customer" : "agent";
  all.talk_ms = base::to_ms(tap_->talked());
  return all;
}

Tap& SipLeg::tap(bool customer, const Settings& settings) {
  if (tap_) return *tap_;
  customer_ = customer;
  tap_ = std::make_unique<Tap>(settings.conversation.vad);
  return *tap_;
}

bool SipLeg::held() const { return agreed_ && !sdp::sends(agreed_->direction); }

bool SipLeg::deaf_for(base::Duration limit, base::Time now) const {
  // A peer that holds us is right to be silent.
  if (!started_ || !agreed_ || !sdp::receives(agreed_->direction)) return false;
  const base::Time last = media_->heard_anything() ? std::max(media_->last_received(), began_) : began_;
  return now - last > limit;
}

}  // namespace daedap::call
