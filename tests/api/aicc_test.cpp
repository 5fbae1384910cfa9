#include "api/aicc.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace daedap::api {
namespace {

constexpr std::int64_t noon = 1'769'688'000'000;

call::SpeakerTurn turn() {
  call::SpeakerTurn t;
  t.start_ms = 0, t.end_ms = 1'500;
  t.transcript = "안녕하세요";
  t.decision = call::SpeakerTurn::Decision::complete;
  t.score = 0.95;
  t.wait_ms = 250, t.silence_ms = 310;
  t.reasons = {"formal_end"};
  t.language = "ko";
  return t;
}

// These three are the contract's own examples, byte for byte.
TEST(Aicc, StartIsAsTheContractShowsIt) {
  EXPECT_EQ(aicc_start({"uuid", noon, {}}, {.call_id = {}, .customer_number = "+821012345678", .agent_id = "agent01", .language = "ko"}),
            R"({"type":"metadata_start","call_id":"uuid","timestamp":"2026-01-29T12:00:00.000Z","customer_number":"+821012345678","agent_id":"agent01"})");
}

TEST(Aicc, TurnIsAsTheContractShowsIt) {
  EXPECT_EQ(aicc_turn({"uuid", noon, {}}, turn()),
            R"({"type":"turn_complete","call_id":"uuid","timestamp":"2026-01-29T12:00:00.000Z","speaker":"customer","start_time":0.0,"end_time":1.5,"transcript":"안녕하세요","decision":"complete","fusion_score":0.95})");
}

TEST(Aicc, EndIsAsTheContractShowsIt) {
  EXPECT_EQ(aicc_end({"uuid", noon, {}}, {.duration_ms = 120'500, .turns = 15, .complete = 10, .speech_ratio = 0.65}),
            R"({"type":"metadata_end","call_id":"uuid","timestamp":"2026-01-29T12:00:00.000Z","total_duration":120.5,"turn_count":15,"speech_ratio":0.65,"complete_turns":10,"incomplete_turns":5})");
}

TEST(Aicc, ExtendedKeysComeAfterTheOthers) {
  EXPECT_TRUE(aicc_start({"u", noon, 1}, {.call_id = {}, .customer_number = {}, .agent_id = "a", .language = "ko"}).ends_with(R"("agent_id":"a","seq":1,"language":"ko"})"));
  EXPECT_TRUE(aicc_turn({"u", noon, 2}, turn()).ends_with(
      R"("fusion_score":0.95,"seq":2,"language":"ko","wait_ms":250,"silence_ms":310,"reasons":["formal_end"]})"));
  EXPECT_TRUE(aicc_end({"u", noon, 3}, {}).ends_with(R"("incomplete_turns":0,"seq":3})"));
}

TEST(Aicc, InnerWaitIsIncompleteOutside) {
  call::SpeakerTurn t = turn();
  t.speaker = call::SpeakerTurn::Speaker::agent;
  for (const auto decision : {call::SpeakerTurn::Decision::wait, call::SpeakerTurn::Decision::incomplete}) {
    t.decision = decision;
    const std::string json = aicc_turn({"u", noon, {}}, t);
    EXPECT_NE(json.find(R"("speaker":"agent")"), std::string::npos);
    EXPECT_NE(json.find(R"("decision":"incomplete")"), std::string::npos);
  }
}

TEST(Aicc, SharesStayWithinZeroAndOne) {
  call::SpeakerTurn t = turn();
  for (const auto& [score, text] : {std::pair{1.7, "1.0"}, {-1.0, "0.0"}, {0.12345, "0.123"}, {std::nan(""), "0.0"},
                                    {std::numeric_limits<double>::infinity(), "0.0"}}) {
    t.score = score;
    EXPECT_NE(aicc_turn({"u", noon, {}}, t).find(std::string(R"("fusion_score":)") + text + "}"), std::string::npos) << score;
  }
}

TEST(Aicc, BrokenTextIsMadeValid) {
  call::SpeakerTurn t = turn();
  t.transcript = "\xff\"\n한";
  const std::string json = aicc_turn({"u", noon, {}}, t);
  EXPECT_NE(json.find(R"(\"\n한)"), std::string::npos) << json;
}

}  // namespace
}  // namespace daedap::api
