#include "media/rtp_port.hpp"

#include <algorithm>
#include <utility>

namespace daedap::media {
namespace {

bool usable(const base::Address& a) { return a.port != 0 && !a.is_any(); }

}  // namespace

RtpPort::~RtpPort() {
  if (!pair_.rtp) return;
  const std::uint16_t port = pair_.port;
  pair_ = {};
  ports_.release(port, now_);
}

base::Result<void> RtpPort::open(base::UdpOpener& opener, OnRtp on_rtp, OnRtcp on_rtcp,
                                 base::Time now) {
  on_rtp_ = std::move(on_rtp);
  on_rtcp_ = std::move(on_rtcp);
  now_ = now;
  auto pair = ports_.open(
      opener, [this](auto bytes, const auto& from, auto at) { on_datagram(bytes, from, at); },
      [this](auto bytes, const auto& from, auto at) { on_rtcp_datagram(bytes, from, at); }, now);
  if (!pair) return tl::unexpected(pair.error());
  pair_ = std::move(*pair);
  return {};
}

void RtpPort::configure(const sdp::Negotiated& media, const PayloadTypes& known) {
  known_ = known;
  mux_ = media.rtcp_mux;
  configured_ = true;
  take_keys(media);
  latch_.aim(media.remote_rtp);
  if (usable(media.remote_rtp)) signalled_rtp_ = media.remote_rtp;
  if (signalled_rtcp_ != media.remote_rtcp) {
    signalled_rtcp_ = media.remote_rtcp;
    seen_rtcp_ = {};
  }
}

// Without a usable key on a secure line nothing passes, either way.
void RtpPort::take_keys(const sdp::Negotiated& media) {
  secure_ = media.srtp_send && media.srtp_receive;
  send_srtp_ = nullptr;
  if (!secure_) return;
  auto& mine = sending_[static_cast<std::size_t>(media.srtp_send->suite)];
  if (!mine || !mine->has_key(*media.srtp_send)) {
    mine = SrtpStream::make(*media.srtp_send, SrtpStream::Way::send).value_or(nullptr);
  }
  send_srtp_ = mine.get();
  if (receiving_ && receiving_->has_key(*media.srtp_receive)) return;
  std::swap(receiving_, received_);
  if (receiving_ && receiving_->has_key(*media.srtp_receive)) return;
  receiving_ = SrtpStream::make(*media.srtp_receive, SrtpStream::Way::receive).value_or(nullptr);
}

// The packet in plain text; empty when it is not authentic.
RtpPort::Bytes RtpPort::opened(Bytes bytes, Buffer& buffer) {
  if (!secure_) return bytes;
  if (bytes.size() > rtp::max_packet) return {};
  const bool rtcp = rtp::is_rtcp(bytes);
  for (SrtpStream* stream : {receiving_.get(), received_.get()}) {
    if (stream == nullptr) continue;
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    const auto packet = std::span(buffer).first(bytes.size());
    const std::size_t size = rtcp ? stream->unprotect_rtcp(packet) : stream->unprotect(packet);
    if (size == 0) continue;
    if (stream == receiving_.get()) received_.reset();
    return packet.first(size);
  }
  return {};
}

// The packet as it leaves; empty when it must not.
RtpPort::Bytes RtpPort::sealed(Bytes bytes, Buffer& buffer) {
  if (!secure_) return bytes;
  if (bytes.size() > rtp::max_packet || send_srtp_ == nullptr) return {};
  std::copy(bytes.begin(), bytes.end(), buffer.begin());
  const std::size_t size = rtp::is_rtcp(bytes) ? send_srtp_->protect_rtcp(buffer, bytes.size())
                                               : send_srtp_->protect(buffer, bytes.size());
  return Bytes(buffer).first(size);
}

// @path rtp-in 2/8
void RtpPort::on_datagram(std::span<const std::uint8_t> bytes, const base::Address& from,
                          base::Time now) {
  now_ = now;
  Buffer buffer;
  bytes = opened(bytes, buffer);
  if (rtp::is_rtcp(bytes)) return admit_rtcp(bytes, from, now);
  const auto packet = rtp::PacketView::parse(bytes);
  // Before the first `configure` no payload type is known and the latch has no aim.
  if (!packet || !known_.test(packet->header.payload_type) ||
      !latch_.admits(from, packet->header, now)) {
    ++bad_;
    return;
  }
  on_rtp_(*packet, now);
}

void RtpPort::on_rtcp_datagram(std::span<const std::uint8_t> bytes, const base::Address& from,
                               base::Time now) {
  now_ = now;
  Buffer buffer;
  bytes = opened(bytes, buffer);
  if (!rtp::is_rtcp(bytes)) {
    ++bad_;
    return;
  }
  admit_rtcp(bytes, from, now);
}

// RTCP is believed from the IP that RTP comes from, or the one that was signalled for it.
void RtpPort::admit_rtcp(Bytes bytes, const base::Address& from, base::Time now) {
  const bool known = configured_ && (from.same_ip(latch_.target()) ||
                                     (usable(signalled_rtcp_) && from.same_ip(signalled_rtcp_)));
  if (!known) {
    ++bad_;
    return;
  }
  if (!mux_) seen_rtcp_ = from;
  on_rtcp_(bytes, now);
}

base::Address RtpPort::rtcp_target() const {
  const base::Address& rtp = latch_.target();
  if (mux_) return rtp;
  if (usable(seen_rtcp_)) return seen_rtcp_;
  if (rtp == signalled_rtp_ && usable(signalled_rtcp_)) return signalled_rtcp_;
  return rtp.port == 0xFFFF ? rtp : rtp.with_port(static_cast<std::uint16_t>(rtp.port + 1));
}

// @path reply-out 7/8
bool RtpPort::send(std::span<const std::uint8_t> packet) {
  const base::Address& to = latch_.target();
  if (!configured_ || !usable(to)) return false;
  Buffer buffer;
  packet = sealed(packet, buffer);
  if (!packet.empty() && pair_.rtp->send(packet, to)) return true;
  ++send_failures_;
  return false;
}

bool RtpPort::send_rtcp(std::span<const std::uint8_t> packet) {
  const base::Address to = rtcp_target();
  if (!configured_ || !usable(to)) return false;
  Buffer buffer;
  packet = sealed(packet, buffer);
  if (packet.empty()) return false;
  // A lost report is repaired by the next one: not counted among the failures of the audio.
  return (mux_ ? pair_.rtp : pair_.rtcp)->send(packet, to);
}

}  // namespace daedap::media
