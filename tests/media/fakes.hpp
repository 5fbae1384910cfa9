#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <numbers>
#include <set>
#include <vector>

#include "audio/frame.hpp"
#include "audio/g711.hpp"
#include "base/udp.hpp"
#include "media/leg.hpp"
#include "rtp/packet.hpp"
#include "sdp/offer_answer.hpp"

namespace daedap::media::testing {

using base::Address;
using base::Millis;
using base::Time;
using Bytes = std::vector<std::uint8_t>;

inline Time at(std::int64_t ms) { return Time(Millis(1'000'000 + ms)); }
inline Address addr(const char* text) { return *Address::parse(text); }

/// UDP without a network: keeps what is sent, delivers what the test hands in.
class FakeNet final : public base::UdpOpener {
 public:
  struct Sent {
    std::uint16_t from;
    Address to;
    Bytes bytes;
  };

  base::Result<std::unique_ptr<base::UdpSocket>> open(const Address& local,
                                                      base::UdpSocket::Receive receive) override {
    ++opens;
    if (broken) return base::fail(base::Code::io, "no descriptors");
    if (taken.contains(local.port) || sockets_.contains(local.port)) {
      return base::fail(base::Code::no_port, "address in use");
    }
    sockets_[local.port] = std::move(receive);
    return std::make_unique<Socket>(*this, local);
  }

  void deliver(std::uint16_t port, std::span<const std::uint8_t> bytes, const Address& from,
               Time now) {
    const auto socket = sockets_.find(port);
    if (socket != sockets_.end()) socket->second(bytes, from, now);
  }
  bool is_open(std::uint16_t port) const { return sockets_.contains(port); }

  std::set<std::uint16_t> taken;
  bool broken = false, refuse = false, keep = true;
  int opens = 0;
  std::uint64_t sends = 0;
  std::vector<Sent> sent;

 private:
  struct Socket final : base::UdpSocket {
    Socket(FakeNet& n, Address l) : net(n), address(l) {}
    ~Socket() override { net.sockets_.erase(address.port); }
    bool send(std::span<const std::uint8_t> bytes, const Address& to) override {
      if (net.refuse) return false;
      ++net.sends;
      if (net.keep) net.sent.push_back({address.port, to, Bytes(bytes.begin(), bytes.end())});
      return true;
    }
    Address local() const override { return address; }
    FakeNet& net;
    Address address;
  };
  std::map<std::uint16_t, base::UdpSocket::Receive> sockets_;
};

/// Frames as they came.
struct Frames final : audio::FrameSink {
  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override {
    if (!keep) return;
    pcm.insert(pcm.end(), frame.begin(), frame.end());
    infos.push_back(info);
  }
  bool keep = true;
  std::vector<std::int16_t> pcm;
  std::vector<audio::FrameInfo> infos;
};

/// A peer that speaks a sine in G.711.
struct Peer {
  Address from = addr("192.0.2.10:4000");
  audio::Law law = audio::Law::mu;
  std::uint8_t payload_type = 0;
  std::uint32_t ssrc = 0x1234;
  rtp::Seq seq{100};
  rtp::Timestamp timestamp{5000};
  double hz = 500, amplitude = 8000;
  std::int64_t sample = 0;

  /// The next packet, of `ms` milliseconds.
  Bytes packet(int ms = 20) {
    const auto n = static_cast<std::size_t>(8 * ms);
    if (amplitude == 0) return silence(n);
    std::vector<std::int16_t> pcm(n);
    for (auto& s : pcm) {
      s = static_cast<std::int16_t>(std::lround(
          amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(sample++) / 8000)));
    }
    Bytes payload(n);
    audio::encode_g711(law, pcm, payload);
    const Bytes out = raw(payload_type, payload);
    timestamp = timestamp.plus(static_cast<std::int64_t>(n));
    return out;
  }
  Bytes silence(std::size_t n) {
    sample += static_cast<std::int64_t>(n);
    const Bytes out = raw(payload_type, Bytes(n, audio::g711_silence(law)));
    timestamp = timestamp.plus(static_cast<std::int64_t>(n));
    return out;
  }
  Bytes raw(std::uint8_t type, std::span<const std::uint8_t> payload, bool marker = false) {
    Bytes out(rtp::header_size + payload.size());
    rtp::write({.marker = marker, .payload_type = type, .seq = seq, .timestamp = timestamp,
                .ssrc = ssrc},
               payload, out);
    seq = seq.plus(1);
    return out;
  }
};

inline sdp::Codec pcmu() { return {.name = "PCMU", .payload_type = 0}; }
inline sdp::Codec pcma() { return {.name = "PCMA", .payload_type = 8}; }

inline sdp::Negotiated negotiated(const char* remote = "192.0.2.10:4000") {
  const Address rtp = addr(remote);
  return {.codec = pcmu(),
          .receive = {pcmu(), pcma()},
          .send_event_type = 101,
          .recv_event_type = 101,
          .remote_rtp = rtp,
          .remote_rtcp = rtp.with_port(static_cast<std::uint16_t>(rtp.port + 1))};
}

inline bool is_rtcp_packet(const FakeNet::Sent& s) { return rtp::is_rtcp(s.bytes); }

/// All that a leg sent as RTP, decoded to 8 kHz.
inline std::vector<std::int16_t> decoded(const std::vector<FakeNet::Sent>& sent) {
  std::vector<std::int16_t> pcm;
  for (const auto& s : sent) {
    if (is_rtcp_packet(s)) continue;
    const auto packet = rtp::PacketView::parse(s.bytes);
    const auto type = packet->header.payload_type;
    if (type != 0 && type != 8) continue;
    std::vector<std::int16_t> part(packet->payload.size());
    audio::decode_g711(type == 0 ? audio::Law::mu : audio::Law::a, packet->payload, part);
    pcm.insert(pcm.end(), part.begin(), part.end());
  }
  return pcm;
}

}  // namespace daedap::media::testing
