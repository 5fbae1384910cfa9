#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "audio/sine.hpp"
#include "media/bridge.hpp"
#include "media/fakes.hpp"
#include "media/leg.hpp"

namespace daedap::media::testing {

using Side = Bridge::Side;

inline constexpr auto customer_address = "192.0.2.10:4000";
inline constexpr auto agent_address = "198.51.100.20:6000";

/// A customer and an agent on two legs, and what each of them gets.
struct TwoLegs : ::testing::Test {
  TwoLegs() {
    customer = std::move(*Leg::open(ports, net, random, at(0)));
    agent = std::move(*Leg::open(ports, net, random, at(0)));
  }

  void configure(const sdp::Negotiated& c, const sdp::Negotiated& a) {
    customer->configure(c, at(clock));
    agent->configure(a, at(clock));
    customer->start(at(clock));
    agent->start(at(clock));
  }
  void join(const sdp::Negotiated& c = negotiated(customer_address),
            const sdp::Negotiated& a = negotiated(agent_address)) {
    configure(c, a);
    bridge = std::make_unique<Bridge>(*customer, *agent, at(clock));
  }
  void reconfigure(Leg& leg, const sdp::Negotiated& media) {
    leg.configure(media, at(clock));
    bridge->refresh(at(clock));
  }

  /// Ticks; `each` runs half-way between two of them.
  template <typename F>
  void run(int ticks, F each) {
    for (int i = 0; i < ticks; ++i) {
      if (bridge) {
        bridge->tick_send(at(clock));
        bridge->tick_receive(at(clock));
      }
      for (Leg* leg : {customer.get(), agent.get()}) {
        leg->tick_send(at(clock));
        leg->tick_receive(at(clock));
        if (clock % 1000 == 0) leg->on_time(at(clock));
      }
      clock += 10;
      each();
      clock += 10;
    }
  }
  void run(int ticks) { run(ticks, [] {}); }

  void deliver(Leg& leg, const Bytes& bytes, const Peer& from) {
    net.deliver(leg.local_port(), bytes, from.from, at(clock));
  }
  void customer_says(const Bytes& bytes) { deliver(*customer, bytes, caller); }
  void agent_says(const Bytes& bytes) { deliver(*agent, bytes, phone); }
  void both_speak() {
    customer_says(caller.packet());
    agent_says(phone.packet());
  }

  /// RTP that left for this leg's peer since the last `forget`.
  std::vector<Bytes> sent_by(const Leg& leg) const {
    std::vector<Bytes> out;
    for (const auto& s : net.sent) {
      if (s.from == leg.local_port() && !is_rtcp_packet(s)) out.push_back(s.bytes);
    }
    return out;
  }
  static rtp::PacketHeader header(const Bytes& bytes) { return rtp::PacketView::parse(bytes)->header; }
  static Bytes payload(const Bytes& bytes) {
    const auto p = rtp::PacketView::parse(bytes)->payload;
    return {p.begin(), p.end()};
  }
  /// All packets of a leg are one stream: one SSRC, numbers without a hole, time that goes on.
  void expect_one_stream(const Leg& leg, int longest_step = 480) const {
    const auto sent = sent_by(leg);
    for (std::size_t i = 1; i < sent.size(); ++i) {
      const auto before = header(sent[i - 1]), now = header(sent[i]);
      ASSERT_EQ(now.ssrc, before.ssrc) << i;
      ASSERT_EQ(now.seq, before.seq.plus(1)) << i;
      ASSERT_GE(now.timestamp.distance_from(before.timestamp), 0) << i;
      ASSERT_LE(now.timestamp.distance_from(before.timestamp), longest_step) << i;
    }
  }
  std::vector<std::int16_t> heard_from(const Leg& leg) const {
    auto sent = net.sent;
    std::erase_if(sent, [&](const auto& s) { return s.from != leg.local_port(); });
    return decoded(sent);
  }

  FakeNet net;
  PortRange ports{addr("127.0.0.1:0"), 30000, 30009};
  base::Random random{base::seeded(4)};
  std::unique_ptr<Leg> customer, agent;
  std::unique_ptr<Bridge> bridge;
  Peer caller{.from = addr(customer_address)};
  Peer phone{.from = addr(agent_address), .ssrc = 0x9999, .seq = rtp::Seq(64000), .hz = 800};
  std::int64_t clock = 0;
};

}  // namespace daedap::media::testing
