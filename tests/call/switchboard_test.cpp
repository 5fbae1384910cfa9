#include "call/switchboard.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "sim/server.hpp"

namespace daedap::call {
namespace {

using base::Millis;

/// A switchboard that is handed SIP events directly; what it tells the endpoint goes nowhere, because
/// the endpoint does not know these sessions.
struct SwitchboardTest : ::testing::Test {
  SwitchboardTest() {
    sim::Server::Settings settings;
    settings.operators = {{.id = "1001", .name = "Kim", .language = "en", .status = OperatorStatus::away}};
    settings.call.ai_wait = std::chrono::seconds(5);
    server = std::make_unique<sim::Server>(world, network, settings, 2);
    world.run_for(Millis(1000));
  }
  static sip::InviteIn invite(std::uint64_t session, const std::string& callee = "1001") {
    sip::InviteIn in{.session = sip::SessionId{session}};
    in.request.method = "INVITE";
    in.request.request_uri = "sip:" + callee + "@192.0.2.1";
    in.request.add("From", "\"Lee\" <sip:+821011112222@example.com>;tag=1");
    in.request.add("Call-ID", "call-" + std::to_string(session));
    in.offer = "v=0\r\no=- 1 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\n"
               "m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    return in;
  }
  void tell(sip::Output event) {
    server->command([&](Switchboard& board, base::Time now) { board.on_sip(std::move(event), now); });
  }
  sim::World world;
  sim::Network network{world, 1};
  std::unique_ptr<sim::Server> server;
};

TEST_F(SwitchboardTest, RecordOfARunningCallIsACopyThatGrows) {
  tell(invite(900));
  world.run_for(Millis(1000));
  ASSERT_EQ(server->switchboard().calls(), 1U);
  const Record record = server->switchboard().running().at(0);
  EXPECT_EQ(record.sip_call_id, "call-900");
  EXPECT_EQ(record.caller, "+821011112222");
  EXPECT_EQ(record.caller_name, "Lee");
  EXPECT_EQ(record.callee, "1001");
  EXPECT_NEAR(static_cast<double>(record.duration_ms), 1000, 20);
  EXPECT_NEAR(static_cast<double>(record.media.packets_sent), 50, 2);
  EXPECT_FALSE(record.cause);
}

TEST_F(SwitchboardTest, ByeAndEveryCommandAfterItEndTheCallOnce) {
  tell(invite(900));
  world.run_for(Millis(200));
  tell(sip::ByeIn{sip::SessionId{900}, ""});
  tell(sip::ByeIn{sip::SessionId{900}, ""});
  tell(sip::LostIn{sip::SessionId{900}, sip::LostIn::Why::transport_failed});
  server->command([](Switchboard& board, base::Time now) { board.end_all(Cause::shutdown, now); });
  world.run_for(Millis(3000));
  ASSERT_EQ(server->ended().size(), 1U);
  EXPECT_EQ(server->ended().front().cause, Cause::caller_hung_up);
  EXPECT_EQ(server->switchboard().calls(), 0U);
}

TEST_F(SwitchboardTest, EventsOfUnknownSessionsAreIgnored) {
  const sip::SessionId nobody{12345};
  tell(sip::AckIn{nobody, ""});
  tell(sip::ByeIn{nobody, ""});
  tell(sip::CancelIn{nobody});
  tell(sip::InfoIn{nobody, "application/dtmf", "1"});
  tell(sip::OfferIn{nobody, ""});
  tell(sip::LostIn{nobody, sip::LostIn::Why::no_ack});
  EXPECT_TRUE(server->events().empty());
}

TEST_F(SwitchboardTest, BrokenOfferIsRefusedAndRecorded) {
  sip::InviteIn in = invite(900);
  in.offer = "not sdp";
  tell(std::move(in));
  ASSERT_EQ(server->ended().size(), 1U);
  EXPECT_EQ(server->ended().front().cause, Cause::bad_request);
  EXPECT_EQ(server->ended().front().status, 400);
  EXPECT_EQ(server->ports().in_use(), 0U);
}

TEST_F(SwitchboardTest, AckWithoutAnswerToOurOfferEndsTheCall) {
  sip::InviteIn in = invite(900);
  in.offer.clear();
  tell(std::move(in));
  EXPECT_EQ(server->switchboard().calls(), 1U);
  tell(sip::AckIn{sip::SessionId{900}, ""});
  world.run_for(Millis(3000));
  ASSERT_EQ(server->ended().size(), 1U);
  EXPECT_EQ(server->ended().front().cause, Cause::bad_request);
}

TEST_F(SwitchboardTest, CallsSpreadOverTheFourPhases) {
  std::array<int, 4> sent{};
  for (std::uint64_t i = 0; i < 8; ++i) tell(invite(900 + i));
  unsigned slot = 0;
  network.set_tap([&](const auto&, const auto& to, auto) { sent[slot] += to.port == 40000; });
  world.run_for(Millis(1));
  for (int tick = 0; tick < 40; ++tick) {
    world.run_for(Millis(5));
    slot = (slot + 1) % 4;
  }
  network.set_tap({});
  for (const int one : sent) EXPECT_NEAR(one, 20, 4);
}

TEST_F(SwitchboardTest, WaitingCallTellsItsDeadline) {
  EXPECT_EQ(server->switchboard().deadline(), base::never);
  server->command([](Switchboard& board, base::Time now) { board.set_ai_state({}, now); });
  const base::Time begin = world.now();
  tell(invite(900));
  EXPECT_EQ(server->switchboard().deadline() - begin, std::chrono::seconds(5));
  world.run_for(Millis(5100));
  EXPECT_EQ(server->switchboard().deadline(), base::never);
  ASSERT_EQ(server->ended().size(), 1U);
  EXPECT_EQ(server->ended().front().status, 503);
}

TEST_F(SwitchboardTest, RecordingThatCannotBeOpenedLosesNoCall) {
  tell(invite(900));
  EXPECT_TRUE(server->switchboard().running().at(0).recorded);
  call::Settings settings;
  settings.advertised_media = server->sip_address();
  base::Random random(base::seeded(5));
  Switchboard board(settings, {server->sip(), server->ports(), network, random, server->engines().seam(), server->prompts(),
                               [](const std::string&) { return nullptr; }, base::Log(server->log())});
  board.set_operators({{.id = "1001", .status = OperatorStatus::away}});
  board.set_ai_state({.state = AiState::State::ready}, world.now());
  board.on_sip(invite(901), world.now());
  ASSERT_EQ(board.running().size(), 1U);
  EXPECT_FALSE(board.running().front().recorded);
}

TEST_F(SwitchboardTest, GreetingsAreMadeAheadOnceTheAiIsReady) {
  const auto& asked = server->engines().tts.asked();
  const auto greeted = [&](const std::string& text) { return std::ranges::find(asked, text) != asked.end(); };
  EXPECT_TRUE(greeted("Hello, this is Kim's AI assistant. How can I help you?"));
  server->command([](Switchboard& board, base::Time) {
    board.set_operators({{.id = "1", .name = "Park", .language = "en", .status = OperatorStatus::available}});
  });
  EXPECT_TRUE(greeted("Hello, this is Park's AI assistant. How can I help you?"));
}

}  // namespace
}  // namespace daedap::call
