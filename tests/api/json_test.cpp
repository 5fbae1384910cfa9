#include "api/json.hpp"

#include <gtest/gtest.h>

namespace daedap::api {
namespace {

CallEntry entry() {
  CallEntry e;
  e.started_unix_ms = 1769688000123;
  e.record.call_id = "c-1";
  e.record.caller = "+821012345678";
  e.record.answered_by = "ai";
  e.record.cause = call::Cause::goodbye;
  e.record.turns.push_back({.index = 1, .speaker = speech::Said::Speaker::caller, .text = "영업 시간이요", .planned = {}, .start_ms = 10, .end_ms = 900,
                            .intent = "opening_hours", .marks_ms = {}, .response_ms = {}, .own_ms = {}});
  return e;
}

TEST(CallJson, NamesSpeakersTimesAndCauseAsTheContractDoes) {
  const Json j = json_of(entry());
  EXPECT_EQ(j["started_at"], "2026-01-29T12:00:00.123Z");
  EXPECT_EQ(j["cause"], "goodbye");
  EXPECT_EQ(j["turns"][0]["speaker"], "customer");
  EXPECT_EQ(j["turns"][0]["text"], "영업 시간이요");
  EXPECT_EQ(j["turns"][0]["intent"], "opening_hours");
  EXPECT_TRUE(j["recording"].is_null());
}

TEST(CallJson, SummaryHasNoTurnsAndARunningCallHasNoCause) {
  CallEntry e = entry();
  e.record.cause.reset();
  const Json j = summary_of(e);
  EXPECT_FALSE(j.contains("turns"));
  EXPECT_TRUE(j["cause"].is_null());
  EXPECT_EQ(j["state"], "running");
}

TEST(CallJson, TellsEachLegAndTheCallersAloneWhenThereIsNoOther) {
  CallEntry e = entry();
  e.record.media.packets_received = 7;
  EXPECT_EQ(json_of(e)["legs"], Json::array({json_of(e)["legs"][0]}));
  EXPECT_EQ(json_of(e)["legs"][0]["name"], "caller");
  EXPECT_EQ(json_of(e)["legs"][0]["packets_received"], 7);
  e.record.legs = {{.name = "caller"}, {.name = "operator 1001", .speaker = "agent", .talk_ms = 1500}};
  e.record.legs[1].stats.packets_sent = 9;
  e.record.path = {"1001"};
  EXPECT_EQ(json_of(e)["legs"].size(), 2u);
  EXPECT_EQ(json_of(e)["legs"][1]["packets_sent"], 9);
  EXPECT_TRUE(json_of(e)["legs"][0]["talk_ms"].is_null());
  EXPECT_EQ(json_of(e)["legs"][1]["speaker"], "agent");
  EXPECT_EQ(json_of(e)["legs"][1]["talk_ms"], 1500);
  EXPECT_EQ(json_of(e)["path"], Json::array({"1001"}));
}

TEST(CallJson, BytesThatAreNoUtf8AreReplacedNotThrown) {
  CallEntry e = entry();
  e.record.caller = "\xff\xfe";
  EXPECT_NO_THROW((void)json_of(e).dump());
}

TEST(ParseObject, RefusesWhatIsNoObjectOrTooDeepOrTooLong) {
  EXPECT_TRUE(parse_object("{\"a\":1}"));
  EXPECT_FALSE(parse_object("[1]"));
  EXPECT_FALSE(parse_object("{\"a\":"));
  EXPECT_FALSE(parse_object(""));
  EXPECT_FALSE(parse_object("{\"a\":" + std::string(40, '[') + std::string(40, ']') + "}"));
  EXPECT_EQ(parse_object(std::string(1'000'001, ' ')).error().code, base::Code::too_large);
}

TEST(TextMember, SaysWhichMemberIsWrong) {
  const Json j = *parse_object("{\"n\":1,\"s\":\"text\",\"z\":null}");
  EXPECT_EQ(text_member(j, "n", true, 10).error().detail, "n");
  EXPECT_EQ(text_member(j, "missing", true, 10).error().detail, "missing");
  EXPECT_EQ(*text_member(j, "missing", false, 10), "");
  EXPECT_EQ(*text_member(j, "z", false, 10), "");
  EXPECT_FALSE(text_member(j, "s", true, 3));
}

TEST(ErrorJson, HasTheContractsShape) {
  const Json j = json_of(base::Error{base::Code::not_found, "no such call", "x"});
  EXPECT_EQ(j["error"]["code"], "not_found");
  EXPECT_EQ(j["error"]["message"], "no such call");
  EXPECT_EQ(j["error"]["detail"], "x");
}

}  // namespace
}  // namespace daedap::api
