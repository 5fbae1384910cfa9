#include "call/ingest/ingest_desk.hpp"

#include <gtest/gtest.h>

#include <map>

#include "call/log_lines.hpp"
#include "media/fakes.hpp"

namespace daedap::call {
namespace {

using base::Millis;
using media::Voice;
using media::testing::addr;
using media::testing::at;
using media::testing::Peer;
using Route = IngestDesk::Route;

struct Desk : ::testing::Test {
  IngestSettings settings;
  std::vector<IngestLine> lines;
  std::size_t shards = 2;
  base::Random random{base::seeded(8)};
  LogLines log;
  std::unique_ptr<IngestDesk> desk;
  std::vector<IngestDesk::Began> began;
  std::vector<IngestDesk::Ended> ended;
  std::int64_t clock = 0;

  IngestDesk& d() {
    if (!desk) desk = std::make_unique<IngestDesk>(settings, lines, shards, random, base::Log(log));
    return *desk;
  }
  void drain() {
    while (auto output = d().take_output()) {
      if (auto* b = std::get_if<IngestDesk::Began>(&*output)) began.push_back(*b);
      else ended.push_back(std::get<IngestDesk::Ended>(*output));
    }
  }
  static Peer peer(const char* from, std::uint32_t ssrc) {
    Peer p;
    p.from = addr(from);
    p.ssrc = ssrc;
    return p;
  }
  std::optional<Route> send(Peer& who, Voice voice) {
    const auto route = d().on_datagram(voice, who.packet(), who.from, at(clock));
    drain();
    return route;
  }
  /// Everybody sends for so long, a packet each 20 ms. Gives the last route of each.
  std::vector<std::optional<Route>> talk(std::vector<std::pair<Peer*, Voice>> all, int ms) {
    std::vector<std::optional<Route>> routes(all.size());
    for (int t = 0; t < ms; t += 20) {
      clock += 20;
      for (std::size_t i = 0; i < all.size(); ++i) routes[i] = send(*all[i].first, all[i].second);
      d().on_time(at(clock));
      drain();
    }
    return routes;
  }
  void wait(int ms) { talk({}, ms); }
  std::string order(IngestOrder o) {
    const auto id = d().order(o, at(clock));
    EXPECT_TRUE(id) << id.error().message();
    return id.value_or("");
  }
};

TEST_F(Desk, TwoStreamsOfOneAddressAreOneCall) {
  Peer c = peer("10.0.0.1:4000", 1), a = peer("10.0.0.1:4000", 2);
  const auto routes = talk({{&c, Voice::customer}, {&a, Voice::agent}}, 500);
  ASSERT_EQ(began.size(), 1u);
  ASSERT_TRUE(routes[0] && routes[1]);
  EXPECT_EQ(routes[0]->call, began[0].call);
  EXPECT_EQ(routes[1]->call, began[0].call);
  EXPECT_EQ(routes[0]->voice, Voice::customer);
  EXPECT_EQ(routes[1]->voice, Voice::agent);
  EXPECT_EQ(began[0].at, at(20));
  EXPECT_EQ(began[0].identity.call_id.size(), 36u);
  EXPECT_EQ(began[0].identity.language, "ko");
  EXPECT_EQ(d().figures().calls, 1u);
  EXPECT_EQ(d().figures().sources, 2u);
}

TEST_F(Desk, ManyCallsThroughOneSocketStayApartAndSpreadOverShards) {
  std::vector<Peer> peers;
  for (std::uint32_t i = 0; i < 20; ++i) peers.push_back(peer("10.0.0.1:4000", i));
  std::vector<std::pair<Peer*, Voice>> all;
  std::map<IngestDesk::Key, int> voices;
  for (std::uint32_t i = 0; i < 20; ++i) {
    all.push_back({&peers[i], i % 2 ? Voice::agent : Voice::customer});
    const auto routes = talk(all, i % 2 ? 3000 : 100);
    if (i % 2 == 0) continue;
    ASSERT_TRUE(routes[i] && routes[i - 1]);
    EXPECT_EQ(routes[i]->call, routes[i - 1]->call) << i;
    ++voices[routes[i]->call];
  }
  EXPECT_EQ(voices.size(), 10u);
  EXPECT_EQ(std::ranges::count(began, 0u, &IngestDesk::Began::shard), 5);
}

TEST_F(Desk, SilenceEndsACallOnceAtItsLastPacket) {
  Peer c = peer("10.0.0.1:4000", 1), a = peer("10.0.0.1:4000", 2);
  talk({{&c, Voice::customer}, {&a, Voice::agent}}, 1000);
  talk({{&a, Voice::agent}}, 1000);
  wait(9'700);
  EXPECT_TRUE(ended.empty());
  wait(800);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].call, began[0].call);
  EXPECT_EQ(ended[0].cause, Cause::stream_ended);
  EXPECT_EQ(ended[0].last, at(2000));
  wait(30'000);
  EXPECT_EQ(ended.size(), 1u);
  EXPECT_EQ(d().deadline(), base::never);
  EXPECT_EQ(d().figures().sources, 0u);
}

TEST_F(Desk, OneSilentVoiceKeepsItsPlaceWhileTheOtherTalks) {
  Peer c = peer("10.0.0.1:4000", 1), a = peer("10.0.0.1:4000", 2);
  talk({{&c, Voice::customer}, {&a, Voice::agent}}, 1000);
  talk({{&c, Voice::customer}}, 40'000);
  const auto back = talk({{&c, Voice::customer}, {&a, Voice::agent}}, 20);
  ASSERT_TRUE(back[1]);
  EXPECT_EQ(back[1]->call, began[0].call);
  EXPECT_EQ(began.size(), 1u);
}

TEST_F(Desk, SenderThatTakesAnotherSsrcStaysInItsCall) {
  Peer c = peer("10.0.0.1:4000", 1), a = peer("10.0.0.1:4002", 2), other = peer("10.0.0.1:4000", 3);
  talk({{&c, Voice::customer}, {&a, Voice::agent}}, 5000);
  talk({{&c, Voice::customer}, {&a, Voice::agent}, {&other, Voice::customer}}, 1000);
  ASSERT_EQ(began.size(), 2u);
  c.ssrc = 99;
  const auto routes = talk({{&c, Voice::customer}, {&a, Voice::agent}, {&other, Voice::customer}}, 200);
  ASSERT_TRUE(routes[0]);
  EXPECT_EQ(routes[0]->call, routes[1]->call);
  EXPECT_NE(routes[0]->call, routes[2]->call);
  EXPECT_EQ(began.size(), 2u);
  EXPECT_EQ(d().figures().sources, 3u);
}

TEST_F(Desk, OrderGivesTheCallItsIdentity) {
  IngestOrder o{.identity = {"call-7", "+821012345678", "agent01", "en"}, .streams = {}};
  o.streams[0] = WantedStream{.from = addr("10.0.0.1:4000"), .ssrc = {}};
  EXPECT_EQ(order(o), "call-7");
  EXPECT_EQ(d().figures().ordered, 1u);
  Peer stranger = peer("10.0.0.2:4000", 1), c = peer("10.0.0.1:4000", 5), a = peer("10.0.0.1:4002", 6);
  talk({{&stranger, Voice::customer}}, 3000);
  talk({{&stranger, Voice::customer}, {&c, Voice::customer}, {&a, Voice::agent}}, 200);
  ASSERT_EQ(began.size(), 2u);
  EXPECT_EQ(began[1].identity.call_id, "call-7");
  EXPECT_EQ(began[1].identity.customer_number, "+821012345678");
  EXPECT_EQ(began[1].identity.agent_id, "agent01");
  EXPECT_EQ(began[1].identity.language, "en");
  EXPECT_EQ(d().figures().ordered, 0u);
}

TEST_F(Desk, OrderThatNobodyClaimsIsVoidAfterItsTime) {
  order({.identity = {"late", {}, {}, {}}, .streams = {}});
  wait(59'000);
  EXPECT_EQ(d().figures().ordered, 1u);
  wait(1'500);
  EXPECT_EQ(d().figures().ordered, 0u);
  EXPECT_TRUE(began.empty());
  EXPECT_TRUE(ended.empty());
  EXPECT_FALSE(d().end("late", Cause::stream_ended, at(clock)));
}

TEST_F(Desk, RefusesOrdersThatCannotBe) {
  settings.most_calls = 2;
  const auto code = [&](IngestIdentity who) { return d().order({who, {}}, at(clock)).error().code; };
  EXPECT_EQ(code({"../../etc/passwd", {}, {}, {}}), base::Code::bad_syntax);
  EXPECT_EQ(code({".hidden", {}, {}, {}}), base::Code::bad_syntax);
  EXPECT_EQ(code({std::string(65, 'a'), {}, {}, {}}), base::Code::bad_syntax);
  EXPECT_EQ(code({"a", std::string(129, '1'), {}, {}}), base::Code::bad_syntax);
  EXPECT_EQ(code({"a", {}, "\xff", {}}), base::Code::bad_syntax);
  EXPECT_EQ(code({"a", {}, {}, "fr"}), base::Code::bad_syntax);
  order({{"a", {}, {}, {}}, {}});
  EXPECT_EQ(code({"a", {}, {}, {}}), base::Code::bad_state);
  order({});
  EXPECT_EQ(code({"b", {}, {}, {}}), base::Code::engine_full);
  EXPECT_TRUE(d().end("a", Cause::stream_ended, at(clock)));
  d().set_draining(true);
  EXPECT_EQ(code({"b", {}, {}, {}}), base::Code::engine_full);
}

TEST_F(Desk, EndedCallDoesNotBeginAgainFromItsOwnTail) {
  Peer c = peer("10.0.0.1:4000", 1);
  order({{"one", {}, {}, {}}, {}});
  talk({{&c, Voice::customer}}, 500);
  EXPECT_TRUE(d().end("one", Cause::stream_ended, at(clock)));
  EXPECT_FALSE(d().end("one", Cause::stream_ended, at(clock)));
  EXPECT_FALSE(talk({{&c, Voice::customer}}, 3000)[0]);
  EXPECT_EQ(began.size(), 1u);
  EXPECT_EQ(ended.size(), 1u);
  wait(1500);
  EXPECT_TRUE(talk({{&c, Voice::customer}}, 100)[0]);
  EXPECT_EQ(began.size(), 2u);
}

TEST_F(Desk, NextOrderForAStreamThatNeverPausedIsTaken) {
  Peer c = peer("10.0.0.1:4000", 1);
  IngestOrder o{.identity = {"one", {}, {}, {}}, .streams = {}};
  o.streams[0] = WantedStream{.from = c.from, .ssrc = {}};
  order(o);
  talk({{&c, Voice::customer}}, 500);
  d().end("one", Cause::stream_ended, at(clock));
  talk({{&c, Voice::customer}}, 500);
  o.identity.call_id = "two";
  order(o);
  talk({{&c, Voice::customer}}, 200);
  ASSERT_EQ(began.size(), 2u);
  EXPECT_EQ(began[1].identity.call_id, "two");
}

TEST_F(Desk, LinesOfTheConfigurationSayWhoTalks) {
  lines = {{"", "10.0.1.21", "", "agent01", "en"}, {"10.0.2.0/24", "10.0.1.22", "", "agent02", ""}};
  Peer a = peer("10.0.1.21:4000", 1), c2 = peer("10.0.2.9:7", 2), a2 = peer("10.0.1.22:7", 3);
  talk({{&a, Voice::agent}}, 100);
  talk({{&a, Voice::agent}, {&c2, Voice::customer}}, 100);
  const auto routes = talk({{&a, Voice::agent}, {&c2, Voice::customer}, {&a2, Voice::agent}}, 100);
  ASSERT_EQ(began.size(), 2u);
  EXPECT_EQ(began[0].identity.agent_id, "agent01");
  EXPECT_EQ(began[0].identity.language, "en");
  EXPECT_EQ(began[1].identity.agent_id, "agent02");
  EXPECT_EQ(began[1].identity.language, "ko");
  EXPECT_EQ(routes[1]->call, routes[2]->call);
}

TEST_F(Desk, StrangersAreNotHeard) {
  settings.allow = {"10.0.0.0/8", "2001:db8::/32"};
  Peer c = peer("192.0.2.1:4000", 1), good = peer("10.9.9.9:4000", 1), six = peer("[2001:db8::1]:4000", 1);
  talk({{&c, Voice::customer}}, 200);
  EXPECT_TRUE(began.empty());
  EXPECT_EQ(d().figures().strangers, 10u);
  talk({{&good, Voice::customer}, {&six, Voice::customer}}, 200);
  EXPECT_EQ(began.size(), 2u);
}

TEST_F(Desk, NoMoreCallsThanAllowedAndNoneWhileDraining) {
  settings.most_calls = 3;
  std::vector<Peer> peers;
  std::vector<std::pair<Peer*, Voice>> all;
  for (std::uint32_t i = 0; i < 10; ++i) peers.push_back(peer("10.0.0.1:4000", i));
  for (Peer& p : peers) all.push_back({&p, Voice::customer});
  talk(all, 3000);
  EXPECT_EQ(began.size(), 3u);
  EXPECT_GT(d().figures().packets.refused, 100u);
  d().set_draining(true);
  d().end_all(Cause::shutdown, at(clock));
  drain();
  EXPECT_EQ(ended.size(), 3u);
  EXPECT_EQ(ended[0].cause, Cause::shutdown);
  talk(all, 3000);
  EXPECT_EQ(began.size(), 3u);
}

/// Hostile senders change everything in every packet: calls stay balanced and bounded.
TEST_F(Desk, EachCallBeginsAndEndsOnceWhateverIsSent) {
  settings.most_calls = 40;
  base::Random dice(base::seeded(19));
  const auto below = [&](std::uint32_t n) { return dice.u32() % n; };
  std::vector<Peer> peers;
  for (std::uint32_t i = 0; i < 60; ++i) peers.push_back(peer("10.0.0.1:4000", i));
  for (int round = 0; round < 20'000; ++round) {
    Peer& p = peers[below(60)];
    if (below(50) == 0) p.ssrc = below(200);
    if (below(50) == 0) p.from.port = static_cast<std::uint16_t>(4000 + below(10));
    if (below(20) == 0) p.seq = rtp::Seq(static_cast<std::uint16_t>(dice.u32()));
    auto bytes = p.packet();
    if (below(10) == 0) bytes[below(12)] ^= static_cast<std::uint8_t>(1u << below(8));
    clock += below(4);
    const auto route = d().on_datagram(below(2) ? Voice::agent : Voice::customer, bytes, p.from, at(clock));
    drain();
    if (route) {
      ASSERT_EQ(std::ranges::count(began, route->call, &IngestDesk::Began::call), 1);
      ASSERT_EQ(std::ranges::count(ended, route->call, &IngestDesk::Ended::call), 0);
    }
    if (below(300) == 0)
      d().order({{below(2) ? "x" + std::to_string(below(5)) : "", {}, {}, {}}, {}}, at(clock));
    if (below(300) == 0 && !began.empty())
      d().end(began.back().identity.call_id, Cause::stream_ended, at(clock));
    if (below(3000) == 0) clock += 9'000;
    d().on_time(at(clock));
    drain();
    ASSERT_LE(d().figures().calls + d().figures().ordered, 40u);
    ASSERT_LE(d().figures().sources, 80u);
  }
  wait(80'000);
  EXPECT_GT(began.size(), 40u);
  EXPECT_EQ(ended.size(), began.size());
  std::set<IngestDesk::Key> keys;
  for (const auto& one : ended) EXPECT_TRUE(keys.insert(one.call).second);
  EXPECT_EQ(d().figures().calls + d().figures().sources, 0u);
}

}  // namespace
}  // namespace daedap::call
