#include "server/doctor/call_findings.hpp"

#include <gtest/gtest.h>

namespace daedap::server {
namespace {

using api::Json;

Json leg(const char* name, int sent, int received) {
  return {{"name", name},      {"packets_sent", sent}, {"packets_received", received},
          {"packets_lost", 0}, {"packets_bad", 0},     {"send_failures", 0},
          {"remote_loss", 0.0}};
}

Json call(std::vector<Json> legs, const char* answered_by = "1001") {
  return {{"call_id", "c-1"},
          {"cause", "caller_hung_up"},
          {"answered_by", answered_by},
          {"duration_ms", 10'000},
          {"legs", legs}};
}

Findings look(std::vector<Json> calls) { return call_findings(calls, Config{}); }

TEST(CallFindings, CallWithAudioInEveryDirectionIsGood) {
  const Findings f = look({call({leg("caller", 500, 499), leg("operator 1001", 499, 500)})});
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].state, Finding::State::ok);
  EXPECT_EQ(f[0].what, "the last 1 answered calls had audio in every direction");
}

TEST(CallFindings, NamesTheLegAndDirectionThatWereSilent) {
  // The operator's packets never came, so none could be handed on to the caller: one finding, not two.
  const Findings f = look({call({leg("caller", 0, 500), leg("operator 1001", 500, 0)})});
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].state, Finding::State::problem);
  EXPECT_EQ(f[0].item, "call c-1");
  EXPECT_EQ(f[0].what, "no audio from operator 1001 to caller: not one packet came from operator 1001");
  EXPECT_NE(f[0].advice.find("UDP ports 10000-20000"), std::string::npos);
}

TEST(CallFindings, SilentCallerOfAnAiCallIsNotHeardByTheAi) {
  const Findings f = look({call({leg("caller", 500, 0)}, "ai")});
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].what, "no audio from caller to the AI: not one packet came from caller");
}

TEST(CallFindings, NoAudioAtAllNamesBothDirections) {
  const Findings f = look({call({leg("caller", 0, 0), leg("operator 1001", 0, 0)})});
  ASSERT_EQ(f.size(), 2u);
  EXPECT_NE(f[0].what.find("from caller to operator 1001"), std::string::npos);
  EXPECT_NE(f[1].what.find("from operator 1001 to caller"), std::string::npos);
}

TEST(CallFindings, SentNothingThoughBothSpokeIsOurFault) {
  const Findings f = look({call({leg("caller", 500, 500), leg("operator 1001", 0, 500)})});
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].what, "no audio from caller to operator 1001: not one packet was sent to it");
}

TEST(CallFindings, UnusablePacketsPointToTheCodecAndEncryption) {
  Json bad = leg("caller", 500, 0);
  bad["packets_bad"] = 480;
  const Findings f = look({call({bad}, "ai")});
  ASSERT_EQ(f.size(), 1u);
  EXPECT_NE(f[0].what.find("480 packets came, none of them usable"), std::string::npos);
  EXPECT_NE(f[0].advice.find("SRTP"), std::string::npos);
}

TEST(CallFindings, RefusedPacketsPointToTheAddress) {
  Json refused = leg("caller", 500, 500);
  refused["send_failures"] = 400;
  const Findings f = look({call({refused}, "ai")});
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].state, Finding::State::problem);
  EXPECT_NE(f[0].what.find("from the AI to caller"), std::string::npos);
}

TEST(CallFindings, LittleAudioAndLossAreWarnings) {
  Json lossy = leg("caller", 500, 450);
  lossy["packets_lost"] = 50;
  Json deaf = leg("operator 1001", 500, 500);
  deaf["remote_loss"] = 0.4;
  const Findings f =
      look({call({lossy, deaf}), call({leg("caller", 500, 40), leg("operator 1001", 40, 500)})});
  ASSERT_EQ(f.size(), 3u);
  for (const Finding& one : f) EXPECT_EQ(one.state, Finding::State::warning) << one.what;
  EXPECT_EQ(f[0].what, "10 % of the packets from caller were lost");
  EXPECT_EQ(f[1].what, "operator 1001 reports that 40 % of what was sent to it is lost");
}

TEST(CallFindings, PhonesThatRangInVainAreNoBrokenLegs) {
  const Findings f =
      look({call({leg("caller", 500, 500), leg("operator 1002", 0, 0), leg("operator 1001", 500, 500)})});
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].state, Finding::State::ok);
}

TEST(CallFindings, ShortUnansweredAndRunningCallsTellNothing) {
  Json brief = call({leg("caller", 10, 0)});
  brief["duration_ms"] = 500;
  Json refused = call({leg("caller", 0, 0)}, "");
  Json running = call({leg("caller", 0, 0)});
  running["cause"] = nullptr;
  const Findings f = look({brief, refused, running, Json(), Json::array(), Json{{"legs", 7}}});
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].what, "no answered call yet that could tell something");
}

TEST(CallFindings, ManyBrokenCallsAreCountedNotListed) {
  const Findings f = look(std::vector<Json>(9, call({leg("caller", 500, 0)}, "ai")));
  ASSERT_EQ(f.size(), 6u);
  EXPECT_NE(f[5].what.find("4 more calls"), std::string::npos);
}

}  // namespace
}  // namespace daedap::server
