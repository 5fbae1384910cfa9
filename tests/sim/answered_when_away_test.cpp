#include "story.hpp"

namespace daedap::sim {
namespace {

class AnsweredWhenAway : public Story {};

TEST_F(AnsweredWhenAway, TryingRingingAndOkComeInTime) {
  Phone& phone = dial({Listen{}});
  finish(phone);
  const auto& answers = phone.answers();
  ASSERT_TRUE(answers.contains(100) && answers.contains(180) && answers.contains(200));
  EXPECT_LE(answers.at(100), 10.0);
  EXPECT_LE(answers.at(180), 60.0);
  EXPECT_LE(answers.at(200), 60.0);
  EXPECT_EQ(phone.report().cause, "completed");
  expect_clean();
}

TEST_F(AnsweredWhenAway, GreetingIsHeardAtOnceAndWhole) {
  Phone& phone = dial({Listen{}});
  run_until_answered(phone);
  const base::Time answered = world.now();
  finish(phone);
  ASSERT_TRUE(phone.caller().ear().began());
  EXPECT_LE(base::to_ms(*phone.caller().ear().began() - answered), 150);
  const std::string greeting = "안녕하세요, 김지원의 AI 비서입니다. 무엇을 도와드릴까요?";
  EXPECT_NEAR(static_cast<double>(voiced_ms(phone.report().heard)), static_cast<double>(voiced_ms(speak(greeting))), 150);
  const auto turns = turns_of(record(), assistant_said);
  ASSERT_GE(turns.size(), 1U);
  EXPECT_EQ(turns.front().text, greeting);
  EXPECT_FALSE(turns.front().interrupted);
}

TEST_F(AnsweredWhenAway, LogTellsTheCallInOrder) {
  Phone& phone = dial({Listen{}});
  finish(phone);
  base::Time last{};
  const std::string id = record().call_id;
  for (const char* event : {"ai_call_handling_start", "callee_is_away_activating_ai", "ai_call_ringing_sent", "ai_200_ok_sent",
                            "ai_rtp_relay_started", "ai_call_session_started", "ai_call_bye_received", "ai_call_terminated"}) {
    const LogBook::Line* line = server->log().find(event);
    ASSERT_NE(line, nullptr) << event;
    EXPECT_EQ(line->fields.at("call_id"), id) << event;
    EXPECT_GE(line->at, last) << event;
    last = line->at;
  }
  EXPECT_EQ(server->log().find("ai_call_terminated")->fields.at("cause"), "caller_hung_up");
}

TEST_F(AnsweredWhenAway, NumbersAndWordsAreMaskedUnlessDebugged) {
  settings.call.debug_calls = false;
  settings.engines.stt.script = say_in_turn({"비밀번호는 사삼이일"});
  Phone& phone = dial({Listen{}, say("비밀번호는 사삼이일"), Listen{}});
  finish(phone);
  const std::string log = text_of(server->log());
  EXPECT_EQ(log.find("821012345678"), std::string::npos);
  EXPECT_EQ(log.find("비밀번호"), std::string::npos);
  EXPECT_EQ(server->log().find("ai_call_handling_start")->fields.at("caller"), "+8210****5678");
  ASSERT_NE(server->log().find("ai_stt_result"), nullptr);
}

TEST_F(AnsweredWhenAway, EventsTellOneCallFromStartToEnd) {
  Phone& phone = dial({Listen{}});
  finish(phone);
  const auto& events = server->events();
  ASSERT_GE(events.size(), 3U);
  ASSERT_TRUE(std::holds_alternative<call::CallStarted>(events.front()));
  ASSERT_TRUE(std::holds_alternative<call::CallAnswered>(events[1]));
  ASSERT_TRUE(std::holds_alternative<call::CallEnded>(events.back()));
  const call::Record& start = std::get<call::CallStarted>(events.front()).record;
  const call::Record end = record();
  EXPECT_EQ(start.call_id, end.call_id);
  EXPECT_EQ(start.caller, "+821012345678");
  EXPECT_EQ(start.caller_name, "Caller");
  EXPECT_EQ(end.operator_id, "1001");
  EXPECT_EQ(end.answered_by, "ai");
  EXPECT_EQ(end.status, 200);
  EXPECT_EQ(end.cause, Cause::caller_hung_up);
  EXPECT_TRUE(end.recorded);
  EXPECT_NEAR(static_cast<double>(end.duration_ms), static_cast<double>(phone.report().duration_ms), 30);
  EXPECT_GT(end.media.packets_sent, 100U);
  EXPECT_GT(end.media.packets_received, 100U);
}

TEST_F(AnsweredWhenAway, AwayMessageFollowsTheGreeting) {
  settings.operators.front().greeting = "안녕하세요, {operator}입니다.";
  settings.operators.front().away_message = "세 시에 돌아옵니다";
  Phone& phone = dial({Listen{}});
  finish(phone);
  const auto turns = turns_of(record(), assistant_said);
  ASSERT_GE(turns.size(), 1U);
  EXPECT_EQ(turns.front().text, "안녕하세요, 김지원입니다. 세 시에 돌아옵니다.");
}

TEST_F(AnsweredWhenAway, CallerAndAssistantTakeTurns) {
  settings.engines.stt.script = say_in_turn({"영업 시간이 어떻게 되나요"});
  settings.engines.llm.rules = {{"영업", "아홉 시부터 여섯 시까지입니다.", "hours"}};
  Phone& phone = dial({Listen{}, say("영업 시간이 어떻게 되나요"), Listen{}});
  finish(phone);
  const auto said = turns_of(record(), caller_said);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said.front().text, "영업 시간이 어떻게 되나요");
  const auto answers = turns_of(record(), assistant_said);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers.back().text, "아홉 시부터 여섯 시까지입니다.");
  EXPECT_EQ(answers.back().intent, "hours");
  ASSERT_TRUE(answers.back().response_ms);
  ASSERT_TRUE(answers.back().own_ms);
  EXPECT_LE(*answers.back().own_ms, 60.0);
  // What the caller measures on the wire agrees with what the server says of itself.
  ASSERT_EQ(phone.report().turns.size(), 1U);
  ASSERT_TRUE(phone.report().turns.front().response_ms);
  EXPECT_NEAR(static_cast<double>(*phone.report().turns.front().response_ms), *answers.back().response_ms, 100);
  EXPECT_LE(*phone.report().turns.front().response_ms, 1400);
}

TEST_F(AnsweredWhenAway, AssistantSaysGoodbyeAndHangsUp) {
  settings.engines.stt.script = say_in_turn({"안녕히 계세요"});
  settings.engines.llm.rules = {{"안녕히", "감사합니다. 좋은 하루 되세요.", "goodbye", speech::LlmAction::Kind::hang_up}};
  Phone& phone = dial({Listen{}, say("안녕히 계세요"), Listen{.at_most = seconds(30)}, Wait{seconds(30)}});
  finish(phone);
  EXPECT_EQ(phone.report().cause, "peer_hung_up");
  EXPECT_EQ(record().cause, Cause::goodbye);
  EXPECT_EQ(turns_of(record(), assistant_said).back().text, "감사합니다. 좋은 하루 되세요.");
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
