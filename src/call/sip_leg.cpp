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
  return sdp::make_offer(offered_);
}

base::Result<void> SipLeg::on_answer(std::string_view answer, base::Time now) {
  auto agreed = sdp::accept(offered_, answer);
  if (!agreed) return tl::unexpected(agreed.error());
  agree(std::move(*agreed), now);
  return {};
}

void SipLeg::agree(sdp::Negotiated media, base::Time now) {
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

bool SipLeg::held() const { return agreed_ && !sdp::sends(agreed_->direction); }

bool SipLeg::deaf_for(base::Duration limit, base::Time now) const {
  // A peer that holds us is right to be silent.
  if (!started_ || !agreed_ || !sdp::receives(agreed_->direction)) return false;
  const base::Time last = media_->heard_anything() ? std::max(media_->last_received(), began_) : began_;
  return now - last > limit;
}

}  // namespace daedap::call
