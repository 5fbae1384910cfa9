#include "call/hunt.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/call/line_bench.hpp"

namespace daedap::call {
namespace {

struct HuntTest : ::testing::Test, LineBench {
  void start(int targets, Hunt::Order order = Hunt::Order::at_once) {
    Hunt::Plan plan{.order = order, .until = world.now() + std::chrono::seconds(10)};
    for (int i = 0; i < targets; ++i) {
      Target one;
      one.name = "operator " + std::to_string(1001 + i);
      one.operator_id = std::to_string(1001 + i);
      one.invite.target = "sip:desk@198.51.100." + std::to_string(10 + i);
      one.invite.from = "<sip:customer@192.0.2.1>";
      one.invite.flow.remote = *base::Address::parse_ip("198.51.100." + std::to_string(10 + i), 5060);
      plan.targets.push_back(std::move(one));
    }
    hunt = std::make_unique<Hunt>(leg("hunted"), std::move(plan), endpoint, world.now());
    rung = hunt->sessions();
  }
  void reject(std::size_t which, int status) { hunt->on_rejected({.session = rung.at(which), .status = status, .reason = ""}, world.now()); }
  void accept(std::size_t which, const std::string& answer = sdp()) { hunt->on_accepted({rung.at(which), answer}, world.now()); }
  template <typename Event>
  std::optional<Event> next() {
    auto event = hunt->take_event();
    if (!event || !std::holds_alternative<Event>(*event)) return std::nullopt;
    return std::move(std::get<Event>(*event));
  }
  int lost_with() {
    const auto lost = next<HuntLost>();
    return lost ? lost->status : 0;
  }

  std::unique_ptr<Hunt> hunt;
  std::vector<sip::SessionId> rung;
};

TEST_F(HuntTest, AllAreRungWithOneOffer) {
  start(3);
  const auto messages = sent();
  EXPECT_EQ(count(messages, "INVITE "), 3);
  EXPECT_EQ(hunt->operators(), (std::vector<std::string>{"1001", "1002", "1003"}));
  for (const std::string& one : messages) EXPECT_NE(one.find("m=audio 10000 "), std::string::npos) << one;
  EXPECT_EQ(ports.in_use(), 1U) << "they share a media leg";
}

TEST_F(HuntTest, FirstWhoAnswersWinsAndHasTheLeg) {
  start(2);
  accept(1);
  const auto won = next<HuntWon>();
  ASSERT_TRUE(won);
  EXPECT_EQ(won->operator_id, "1002");
  EXPECT_EQ(won->leg->session(), rung[1]);
  EXPECT_EQ(won->leg->agreed()->codec.name, "PCMU");
  EXPECT_TRUE(hunt->sessions().empty());
  accept(0);
  EXPECT_FALSE(hunt->take_event()) << "there is one winner";
  EXPECT_EQ(hunt->deadline(), base::never);
}

TEST_F(HuntTest, AnAnswerThatCannotBeUsedIsHungUpAndCountsAsAFailure) {
  start(2);
  accept(0, "no sdp");
  EXPECT_FALSE(hunt->take_event());
  reject(1, 404);
  EXPECT_EQ(lost_with(), 404);
}

TEST_F(HuntTest, BestFailureIsWhatTellsTheCallerMost) {
  const std::vector<std::pair<std::vector<int>, int>> cases{
      {{486, 404}, 486}, {{503, 480}, 480}, {{408, 486}, 486}, {{403, 408}, 403}, {{500, 503}, 500}};
  for (const auto& [statuses, best] : cases) {
    start(2);
    reject(0, statuses[0]);
    EXPECT_FALSE(hunt->take_event());
    reject(1, statuses[1]);
    EXPECT_EQ(lost_with(), best) << statuses[0] << ' ' << statuses[1];
    hunt.reset();
    (void)ports.in_use();
    world.run_for(std::chrono::seconds(31));  // the port rests
  }
}

TEST_F(HuntTest, OnePersonsNoEndsItForAllTelephones) {
  start(3);
  reject(1, 603);
  EXPECT_EQ(lost_with(), 603);
  EXPECT_TRUE(hunt->sessions().empty());
}

TEST_F(HuntTest, InTurnTheNextWayIsTriedWhenOneFailsButNotWhenAPersonAnsweredNo) {
  start(3, Hunt::Order::in_turn);
  EXPECT_EQ(count(sent(), "INVITE "), 1);
  reject(0, 503);
  EXPECT_EQ(count(sent(), "INVITE "), 1);
  ASSERT_EQ(hunt->operators(), std::vector<std::string>{"1002"});
  rung = hunt->sessions();
  reject(0, 486);
  EXPECT_EQ(lost_with(), 486);
  EXPECT_EQ(count(sent(), "INVITE "), 0);
}

TEST_F(HuntTest, ALostWayCountsAsAnUnreachableServer) {
  start(2, Hunt::Order::in_turn);
  hunt->on_lost({rung[0], sip::LostIn::Why::transport_failed}, world.now());
  ASSERT_EQ(hunt->operators(), std::vector<std::string>{"1002"});
}

TEST_F(HuntTest, TimeRunsOutOnce) {
  start(2);
  hunt->on_time(world.now());
  EXPECT_FALSE(hunt->take_event());
  world.run_for(std::chrono::seconds(10));
  ASSERT_LE(hunt->deadline(), world.now());
  hunt->on_time(world.now());
  EXPECT_EQ(lost_with(), 408);
  EXPECT_TRUE(hunt->sessions().empty());
  hunt->on_time(world.now());
  reject(0, 487);
  EXPECT_FALSE(hunt->take_event());
}

TEST_F(HuntTest, NobodyToRingIsLostAtOnce) {
  start(0);
  EXPECT_EQ(lost_with(), 480);
}

TEST_F(HuntTest, EarlyMediaIsPassedOnOnlyWhileASingleTelephoneRings) {
  start(1);
  hunt->on_progress({rung[0], 183, sdp()}, world.now());
  EXPECT_EQ(next<HuntRings>()->answer, sdp());
  hunt.reset();
  world.run_for(std::chrono::seconds(31));
  start(2);
  hunt->on_progress({rung[0], 183, sdp()}, world.now());
  const auto rings = next<HuntRings>();
  ASSERT_TRUE(rings);
  EXPECT_EQ(rings->status, 183);
  EXPECT_EQ(rings->answer, "");
}

TEST_F(HuntTest, WhoRefusesOurProfileIsAskedOnceMoreWithTheOther) {
  settings.srtp = sdp::SrtpPolicy::optional;
  start(1);
  const auto holds = [this](const std::string& what) {
    const auto messages = sent();
    return std::ranges::count_if(messages, [&](const std::string& one) { return one.find(what) != std::string::npos; });
  };
  EXPECT_EQ(holds(" RTP/AVP "), 1);
  for (const int status : {606, 488}) {
    reject(0, status);
    if (status == 488) break;
    EXPECT_EQ(holds(" RTP/SAVP "), 1);
    rung = hunt->sessions();
    ASSERT_EQ(rung.size(), 1U);
  }
  EXPECT_EQ(lost_with(), 488) << "once is enough";
}

TEST_F(HuntTest, AnswerWithoutAStreamIsARefusalOfTheProfileToo) {
  settings.srtp = sdp::SrtpPolicy::optional;
  start(1);
  const std::string nothing = "v=0\r\no=- 1 1 IN IP4 198.51.100.10\r\ns=-\r\nc=IN IP4 198.51.100.10\r\nt=0 0\r\nm=audio 0 RTP/AVP 19\r\n";
  accept(0, nothing);
  EXPECT_FALSE(hunt->take_event()) << "asked once more";
  rung = hunt->sessions();
  ASSERT_EQ(rung.size(), 1U);
  accept(0, nothing);
  EXPECT_EQ(lost_with(), 488);
}

TEST_F(HuntTest, FixedProfileIsNotTriedAgain) {
  for (const auto policy : {sdp::SrtpPolicy::off, sdp::SrtpPolicy::required}) {
    settings.srtp = policy;
    start(1);
    reject(0, 488);
    EXPECT_EQ(lost_with(), 488);
    hunt.reset();
    (void)sent();
    world.run_for(std::chrono::seconds(31));  // the port rests
  }
}

TEST_F(HuntTest, StrangeSessionsAreNotItsBusiness) {
  start(1);
  const sip::SessionId stranger{4711};
  hunt->on_progress({stranger, 180, ""}, world.now());
  hunt->on_accepted({stranger, sdp()}, world.now());
  hunt->on_rejected({.session = stranger, .status = 603, .reason = ""}, world.now());
  hunt->on_lost({stranger, sip::LostIn::Why::no_ack}, world.now());
  EXPECT_FALSE(hunt->take_event());
  EXPECT_EQ(hunt->sessions(), rung);
}

TEST_F(HuntTest, TheNumberOfTargetsIsBounded) {
  start(static_cast<int>(Hunt::most_targets) + 10);
  EXPECT_EQ(hunt->sessions().size(), Hunt::most_targets);
}

TEST_F(HuntTest, StatusesBecomeReasons) {
  EXPECT_EQ(miss_of(486), Miss::busy);
  EXPECT_EQ(miss_of(600), Miss::busy);
  EXPECT_EQ(miss_of(603), Miss::declined);
  EXPECT_EQ(miss_of(607), Miss::declined);
  EXPECT_EQ(miss_of(403), Miss::declined);
  EXPECT_EQ(miss_of(408), Miss::no_answer);
  EXPECT_EQ(miss_of(487), Miss::no_answer);
  EXPECT_EQ(miss_of(404), Miss::unregistered);
  EXPECT_EQ(miss_of(503), Miss::unregistered);
}

}  // namespace
}  // namespace daedap::call
