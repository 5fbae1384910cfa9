#include <string>

#include "media/two_legs.hpp"
#include "rtp/telephone_event.hpp"

namespace daedap::media {
namespace {

using namespace testing;

struct BridgeDigits : TwoLegs {
  BridgeDigits() {
    customer->set_digit_sink([this](char d, Time) { from_customer += d; });
    agent->set_digit_sink([this](char d, Time) { from_agent += d; });
  }
  /// One key press of `ms` milliseconds, as a phone sends it.
  void press(Leg& leg, Peer& peer, std::uint8_t event, int ms = 100, std::uint8_t type = 101) {
    const int packets = ms / 20;
    for (int i = 1; i <= packets + 2; ++i) {
      run(1, [&] {
        const auto duration = static_cast<std::uint16_t>(160 * std::min(i, packets));
        const rtp::TelephoneEvent e{.event = event, .end = i >= packets, .duration = duration};
        deliver(leg, peer.raw(type, e.bytes(), i == 1), peer);
      });
    }
    peer.timestamp = peer.timestamp.plus(160 * (packets + 2));
  }
  std::vector<Bytes> events(const Leg& leg, int type) const {
    auto out = sent_by(leg);
    std::erase_if(out, [&](const auto& s) { return header(s).payload_type != type; });
    return out;
  }
  /// The key presses that the peer of this leg makes out.
  std::string heard_by_peer_of(const Leg& leg, int type) const {
    rtp::DigitReceiver receiver;
    std::string digits;
    for (const auto& bytes : events(leg, type)) {
      if (const auto d = receiver.on_packet(*rtp::PacketView::parse(bytes), at(0))) digits += *d;
    }
    return digits;
  }
  std::string from_customer, from_agent;
};

TEST_F(BridgeDigits, PassBothWaysAsTheyWerePressed) {
  auto odd = negotiated(agent_address);
  odd.send_event_type = 110;
  odd.recv_event_type = 120;
  join(negotiated(customer_address), odd);
  EXPECT_TRUE(bridge->events_pass(Side::customer));
  run(10, [&] { both_speak(); });
  press(*customer, caller, 5, 200);
  run(10, [&] { both_speak(); });
  press(*agent, phone, 11, 100, 120);
  run(10, [&] { both_speak(); });
  EXPECT_EQ(from_customer, "5");
  EXPECT_EQ(from_agent, "#");
  EXPECT_EQ(heard_by_peer_of(*agent, 110), "5");
  EXPECT_EQ(heard_by_peer_of(*customer, 101), "#");
  const auto got = events(*agent, 110);
  ASSERT_EQ(got.size(), 12u);  // each packet of the press, its length kept
  EXPECT_EQ(rtp::TelephoneEvent::parse(payload(got.back()))->duration, 1600);
  EXPECT_TRUE(header(got[0]).marker);
  for (const auto& e : got) EXPECT_EQ(header(e).timestamp, header(got[0]).timestamp);
  EXPECT_EQ(bridge->stats().customer.events, 12u);
}

TEST_F(BridgeDigits, GoToTheSinkAloneWhereTheOtherSideLacksThem) {
  auto without = negotiated(agent_address);
  without.send_event_type.reset();
  join(negotiated(customer_address), without);
  EXPECT_FALSE(bridge->events_pass(Side::customer));
  EXPECT_TRUE(bridge->events_pass(Side::agent));
  run(5, [&] { both_speak(); });
  net.sent.clear();
  press(*customer, caller, 7);
  EXPECT_EQ(from_customer, "7");
  EXPECT_TRUE(sent_by(*agent).empty());
}

TEST_F(BridgeDigits, AreMadeAnewWhereTheAudioIsTranscoded) {
  auto alaw = negotiated(agent_address);
  alaw.codec = pcma();
  join(negotiated(customer_address), alaw);
  run(20, [&] { both_speak(); });
  press(*customer, caller, 9, 300);
  run(20, [&] { both_speak(); });
  EXPECT_EQ(heard_by_peer_of(*agent, 101), "9");
  expect_one_stream(*agent, 8 * 160);  // all packets of a press carry the time of its start
}

TEST_F(BridgeDigits, AreMadeAnewOnceUnderAnAnnouncement) {
  join();
  run(10, [&] { both_speak(); });
  agent->player().enqueue(audio::testing::sine(600, 16000, 10 * 320));
  run(2);
  press(*customer, caller, 1, 600);  // longer than the announcement and the tone made for it
  run(30, [&] { both_speak(); });
  EXPECT_EQ(heard_by_peer_of(*agent, 101), "1");
  EXPECT_EQ(from_customer, "1");
  EXPECT_EQ(agent->player().played(), 10 * 320);
}

TEST_F(BridgeDigits, StayBehindOnHold) {
  join();
  auto held = negotiated(agent_address);
  held.direction = sdp::Direction::inactive;
  reconfigure(*agent, held);
  press(*customer, caller, 2);
  EXPECT_EQ(from_customer, "2");
  EXPECT_TRUE(sent_by(*agent).empty());
  EXPECT_EQ(agent->player().queued(), 0);
}

}  // namespace
}  // namespace daedap::media
