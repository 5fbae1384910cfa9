#include "media/srtp.hpp"

#include <algorithm>

#include "rtp/packet.hpp"

namespace daedap::media {
namespace {

using base::Code;
using base::fail;

constexpr std::size_t rtcp_head = 8;  // stays readable
constexpr std::size_t rtp_ssrc = 8, rtcp_ssrc = 4;  // offsets
constexpr std::uint64_t last_rtcp_index = 0x7FFF'FFFF;

std::uint32_t ssrc_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
  std::uint32_t ssrc = 0;
  for (std::size_t i = 0; i < 4; ++i) ssrc = ssrc << 8 | bytes[offset + i];
  return ssrc;
}

/// Header, CSRCs and extension; 0 when the packet is shorter.
std::size_t head_of(std::span<const std::uint8_t> packet) {
  if (packet.size() < rtp::header_size) return 0;
  std::size_t size = rtp::header_size + 4 * (packet[0] & 0x0Fu);
  if ((packet[0] & 0x10) != 0) {
    if (packet.size() < size + 4) return 0;
    size += 4 + 4 * (std::size_t{packet[size + 2]} << 8 | packet[size + 3]);
  }
  return size <= packet.size() ? size : 0;
}

/// The index that `packet` most likely has: its sequence number under the roll-over counter that brings it
/// nearest to the newest one. Before the first roll-over nothing lies behind zero.
/// spec  RFC 3711 §3.3.1
std::uint64_t index_of(const ReplayWindow& window, std::span<const std::uint8_t> packet) {
  const std::uint64_t seq = std::uint64_t{packet[2]} << 8 | packet[3];
  if (!window.newest()) return seq;
  constexpr std::uint64_t round = 0x1'0000, half = round / 2;
  const std::uint64_t newest = *window.newest(), rolled = newest & ~(round - 1), last = newest & (round - 1);
  if (last < half && seq > last + half && rolled > 0) return rolled - round + seq;
  if (last >= half && seq < last - half) return rolled + round + seq;
  return rolled + seq;
}

}  // namespace

bool start_srtp() {
  for (const auto suite : {sdp::CryptoSuite::aead_aes_128_gcm, sdp::CryptoSuite::aes_cm_128_hmac_sha1_80}) {
    const sdp::CryptoKey key{.suite = suite, .key_and_salt = std::string(sdp::key_size(suite), '\0')};
    if (!SrtpStream::make(key, SrtpStream::Way::send)) return false;
  }
  return true;
}

base::Result<std::unique_ptr<SrtpStream>> SrtpStream::make(const sdp::CryptoKey& key, Way way) {
  if (key.key_and_salt.size() != sdp::key_size(key.suite)) {
    return fail(Code::bad_syntax, "an SRTP key of the wrong length");
  }
  std::unique_ptr<SrtpStream> self(new SrtpStream(key, way));
  auto rtp = SrtpTransform::make(key, SrtpTransform::Kind::rtp, way == Way::send);
  if (!rtp) return tl::unexpected(rtp.error());
  self->rtp_ = std::move(*rtp);
  return self;
}

std::size_t SrtpStream::protect(std::span<std::uint8_t> buffer, std::size_t size) {
  if (size > buffer.size() || buffer.size() - size < tail) return 0;
  const std::size_t clear = head_of(buffer.first(size));
  Source* source = clear == 0 ? nullptr : sender(ssrc_at(buffer, rtp_ssrc));
  if (source == nullptr) return 0;
  const std::uint64_t index = index_of(source->rtp, buffer);
  if (source->rtp.refuses(index)) return 0;
  source->rtp.add(index);
  return rtp_->seal(buffer, size, {clear, source->ssrc, index}) ? size + rtp_->growth() : 0;
}

std::size_t SrtpStream::protect_rtcp(std::span<std::uint8_t> buffer, std::size_t size) {
  if (size < rtcp_head || size > buffer.size() || buffer.size() - size < tail) return 0;
  SrtpTransform* transform = rtcp();
  Source* source = transform == nullptr ? nullptr : sender(ssrc_at(buffer, rtcp_ssrc));
  if (source == nullptr) return 0;
  const std::uint64_t index = source->rtcp.newest().value_or(0) + 1;
  if (index > last_rtcp_index) return 0;
  source->rtcp.add(index);
  return transform->seal(buffer, size, {rtcp_head, source->ssrc, index}) ? size + transform->growth() : 0;
}

std::size_t SrtpStream::unprotect(std::span<std::uint8_t> packet) {
  const std::size_t clear = head_of(packet);
  if (clear == 0 || packet.size() < clear + rtp_->growth()) return 0;
  const std::uint32_t ssrc = ssrc_at(packet, rtp_ssrc);
  Source* known = find(ssrc);
  Source fresh{.ssrc = ssrc, .rtp = {}, .rtcp = {}};
  const ReplayWindow& window = known != nullptr ? known->rtp : fresh.rtp;
  const std::uint64_t index = index_of(window, packet);
  if (window.refuses(index) || !rtp_->open(packet, {clear, ssrc, index})) return 0;
  (known != nullptr ? *known : admit(fresh)).rtp.add(index);
  return packet.size() - rtp_->growth();
}

std::size_t SrtpStream::unprotect_rtcp(std::span<std::uint8_t> packet) {
  SrtpTransform* transform = rtcp();
  if (transform == nullptr || packet.size() < rtcp_head + transform->growth()) return 0;
  const std::uint32_t ssrc = ssrc_at(packet, rtcp_ssrc), carried = transform->carried_index(packet);
  const std::uint64_t index = carried & last_rtcp_index;
  if (index == carried) return 0;  // not encrypted
  Source* known = find(ssrc);
  Source fresh{.ssrc = ssrc, .rtp = {}, .rtcp = {}};
  if ((known != nullptr ? known->rtcp : fresh.rtcp).refuses(index)) return 0;
  if (!transform->open(packet, {rtcp_head, ssrc, index})) return 0;
  (known != nullptr ? *known : admit(fresh)).rtcp.add(index);
  return packet.size() - transform->growth();
}

SrtpStream::Source* SrtpStream::find(std::uint32_t ssrc) {
  const auto at = std::ranges::find(sources_, ssrc, &Source::ssrc);
  return at == sources_.end() ? nullptr : &*at;
}

SrtpStream::Source* SrtpStream::sender(std::uint32_t ssrc) {
  if (Source* known = find(ssrc)) return known;
  if (sources_.size() == max_ssrcs) return nullptr;
  return &sources_.emplace_back(Source{.ssrc = ssrc, .rtp = {}, .rtcp = {}});
}

/// A source whose first packet was authentic.
SrtpStream::Source& SrtpStream::admit(const Source& fresh) {
  if (sources_.size() == max_ssrcs) sources_.erase(sources_.begin());
  return sources_.emplace_back(fresh);
}

/// Made when the first report comes or goes.
SrtpTransform* SrtpStream::rtcp() {
  if (rtcp_) return rtcp_.get();
  if (auto made = SrtpTransform::make(key_, SrtpTransform::Kind::rtcp, way_ == Way::send)) rtcp_ = std::move(*made);
  return rtcp_.get();
}

}  // namespace daedap::media
