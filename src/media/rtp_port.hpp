#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/address.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/udp.hpp"
#include "media/port_range.hpp"
#include "media/source_latch.hpp"
#include "media/srtp.hpp"
#include "rtp/packet.hpp"
#include "sdp/offer_answer.hpp"

namespace daedap::media {

/// Which RTP payload types are known.
using PayloadTypes = std::bitset<128>;

/// One leg's RTP and RTCP sockets: tells the two apart, lets in the peer alone, and sends to where
/// the peer really is. Nothing gets in before the first `configure`, so the stale stream of a
/// port's previous call is never heard. Where keys were agreed on, what is not authentic is counted
/// as bad and never looked at.
/// spec  RFC 3550 §11, RFC 3711, RFC 4961, RFC 5761
class RtpPort {
 public:
  using OnRtp = std::function<void(const rtp::PacketView&, base::Time)>;
  using OnRtcp = std::function<void(std::span<const std::uint8_t>, base::Time)>;

  explicit RtpPort(PortRange& ports) : ports_(ports) {}
  /// The sockets are closed; the port rests in its range.
  ~RtpPort();
  RtpPort(const RtpPort&) = delete;
  RtpPort& operator=(const RtpPort&) = delete;

  /// errors  those of `PortRange::open`
  base::Result<void> open(base::UdpOpener& opener, OnRtp on_rtp, OnRtcp on_rtcp, base::Time now);
  void configure(const sdp::Negotiated& media, const PayloadTypes& known);

  void on_datagram(std::span<const std::uint8_t> bytes, const base::Address& from, base::Time now);
  void on_rtcp_datagram(std::span<const std::uint8_t> bytes, const base::Address& from,
                        base::Time now);
  /// Remembers the time; the port's rest is counted from the last one.
  void on_time(base::Time now) { now_ = now; }

  /// False when there is nobody to send to yet, or (then counted) SRTP or the system refused.
  bool send(std::span<const std::uint8_t> packet);
  bool send_rtcp(std::span<const std::uint8_t> packet);

  std::uint16_t local_port() const { return pair_.port; }
  /// Where RTP goes now.
  const base::Address& target() const { return latch_.target(); }
  /// Whether what is sent and received is encrypted.
  bool secure() const { return secure_; }
  /// Not RTP, not the peer, not authentic, or a payload type that was not negotiated.
  std::uint64_t bad() const { return bad_; }
  std::uint64_t send_failures() const { return send_failures_; }

 private:
  using Bytes = std::span<const std::uint8_t>;
  /// Where a packet is encrypted or decrypted.
  struct alignas(8) Buffer : std::array<std::uint8_t, rtp::max_packet + SrtpStream::tail> {};
  void take_keys(const sdp::Negotiated& media);
  Bytes opened(Bytes bytes, Buffer& buffer);
  Bytes sealed(Bytes bytes, Buffer& buffer);
  base::Address rtcp_target() const;
  void admit_rtcp(Bytes bytes, const base::Address& from, base::Time now);

  // given
  PortRange& ports_;
  OnRtp on_rtp_;
  OnRtcp on_rtcp_;
  // owned
  PortRange::Pair pair_;
  SourceLatch latch_;
  /// By suite: a key that comes back must go on where it was.
  std::array<std::unique_ptr<SrtpStream>, sdp::suite_count> sending_;
  /// The peer's key, and the one before it until the first packet under the new one.
  std::unique_ptr<SrtpStream> receiving_, received_;
  // state
  SrtpStream* send_srtp_ = nullptr;  // one of sending_
  bool secure_ = false;
  PayloadTypes known_;
  base::Address signalled_rtp_, signalled_rtcp_, seen_rtcp_;
  bool configured_ = false, mux_ = false;
  base::Time now_{};
  std::uint64_t bad_ = 0, send_failures_ = 0;
};

}  // namespace daedap::media
