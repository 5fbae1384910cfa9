#include "story.hpp"

namespace daedap::sim {
namespace {

class Dialogue : public Story {};

TEST_F(Dialogue, KeysOfBothKindsChooseFromTheMenu) {
  settings.engines.stt.languages = {"en"};  // nobody understands Korean: keys only
  settings.engines.llm.opening = "영업 시간은 일 번, 메시지는 이 번을 눌러 주세요.";
  settings.engines.llm.rules = {{"1", "아홉 시부터 여섯 시까지입니다.", "hours"}, {"5", "다섯 번입니다.", "five"}};
  Phone& phone = dial({Listen{.quiet = Millis(1500)}, PressKeys{"1"}, Listen{.quiet = Millis(1500)}, Wait{seconds(2)}, Listen{.at_most = seconds(10)}});
  world.run_until([&] { return server->log().count("ai_said") >= 2; }, seconds(30));
  phone.command([](auto& caller, base::Time now) { caller.send_info("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", now); });
  finish(phone);
  EXPECT_EQ(record().digits, (std::vector<std::string>{"1", "5"}));
  const auto spoken = turns_of(record(), assistant_said);
  const auto has = [&](const std::string& text) { return std::ranges::any_of(spoken, [&](const auto& t) { return t.text.find(text) != std::string::npos; }); };
  EXPECT_TRUE(has("일 번"));
  EXPECT_TRUE(has("아홉 시부터"));
  EXPECT_TRUE(has("다섯 번"));
  expect_clean();
}

TEST_F(Dialogue, KeyThatComesBothWaysCountsOnce) {
  settings.engines.stt.languages = {"en"};
  settings.engines.llm.opening = "영업 시간은 일 번을 눌러 주세요.";
  settings.engines.llm.rules = {{"1", "아홉 시부터 여섯 시까지입니다.", "hours"}};
  Phone& phone = dial({Listen{.quiet = Millis(1500)}, PressKeys{"1"}, Listen{.quiet = Millis(3000)}, Wait{seconds(3)}});
  const auto digits = [&] { return server->switchboard().running().empty() ? 0U : server->switchboard().running().front().digits.size(); };
  const auto send_info = [&] {
    phone.command([](auto& caller, base::Time now) { caller.send_info("application/dtmf-relay", "Signal=1\r\nDuration=160\r\n", now); });
  };
  ASSERT_TRUE(world.run_until([&] { return digits() == 1; }, seconds(20)));
  world.run_for(Millis(300));  // the answer is being spoken: a second key would cut it
  send_info();
  world.run_for(seconds(2));
  EXPECT_EQ(digits(), 1U);
  send_info();  // by now a press of its own
  world.run_for(Millis(200));
  EXPECT_EQ(digits(), 2U);
  finish(phone);
  expect_clean();
}

TEST_F(Dialogue, MessageIsTakenAfterTheBeep) {
  settings.engines.stt.script = say_in_turn({"메시지를 남길게요"});
  settings.engines.llm.rules = {{"메시지", "알겠습니다.", "message", speech::LlmAction::Kind::take_message}};
  Phone& phone = dial({Listen{}, say("메시지를 남길게요"), Listen{.quiet = Millis(600)}, Wait{Millis(1500)},
                       say("김 대리입니다. 내일 오전에 전화 부탁드립니다. 감사합니다."), Wait{seconds(4)}, Listen{.at_most = seconds(8)}});
  finish(phone);
  const call::Record r = record();
  ASSERT_EQ(r.messages.size(), 1U);
  EXPECT_EQ(r.messages.front().ended_by, "silence");
  EXPECT_GE(r.messages.front().end_ms - r.messages.front().start_ms, 1500);
  ASSERT_NE(server->log().find("ai_message_taken"), nullptr);
  expect_clean();
}

TEST_F(Dialogue, MessageThatEndsWithHangUpIsKept) {
  settings.engines.stt.script = say_in_turn({"메시지를 남길게요"});
  settings.engines.llm.rules = {{"메시지", "알겠습니다.", "message", speech::LlmAction::Kind::take_message}};
  Phone& phone = dial({Listen{}, say("메시지를 남길게요"), Listen{.quiet = Millis(600)}, Wait{Millis(1500)}, say("김 대리입니다. 전화 주세요.")});
  finish(phone);
  ASSERT_EQ(record().messages.size(), 1U);
  EXPECT_EQ(record().messages.front().ended_by, "hang_up");
}

TEST_F(Dialogue, SilentCallerIsAskedAndThenLetGo) {
  settings.call.conversation.no_input_first = seconds(5);
  settings.call.conversation.no_input_again = seconds(3);
  Phone& phone = dial({Wait{seconds(100)}});
  finish(phone);
  EXPECT_EQ(phone.report().cause, "peer_hung_up");
  EXPECT_EQ(record().cause, Cause::no_input);
  EXPECT_GE(turns_of(record(), assistant_said).size(), 2U);
  EXPECT_LE(record().duration_ms, 40'000);
  expect_clean();
}

TEST_F(Dialogue, LongestCallEndsPolitely) {
  settings.call.conversation.max_call = seconds(20);
  settings.engines.stt.script = [](int, int) { return Recognised{.text = "계속 말하고 있습니다"}; };
  std::vector<Step> steps{Listen{}};
  for (int i = 0; i < 20; ++i) {
    steps.push_back(say("계속 말하고 있습니다"));
    steps.push_back(Listen{});
  }
  Phone& phone = dial(std::move(steps));
  finish(phone);
  EXPECT_EQ(phone.report().cause, "peer_hung_up");
  EXPECT_EQ(record().cause, Cause::max_length);
  EXPECT_LE(record().duration_ms, 32'000);
  expect_clean();
}

TEST_F(Dialogue, TransferThatIsNotPossibleIsSaidSo) {
  settings.engines.stt.script = say_in_turn({"상담원 바꿔 주세요"});
  settings.engines.llm.rules = {{"상담원", "네.", "person", speech::LlmAction::Kind::transfer}};
  Phone& phone = dial({Listen{}, say("상담원 바꿔 주세요"), Listen{.quiet = seconds(2)}});
  finish(phone);
  ASSERT_NE(server->log().find("ai_transfer_not_possible"), nullptr);
  const auto spoken = turns_of(record(), assistant_said);
  EXPECT_TRUE(std::ranges::any_of(spoken, [](const auto& t) { return t.text.find("연결해 드릴 수 없습니다") != std::string::npos; }));
}

TEST_F(FieldNotes, N08_HangUpAfterTheLastSyllableAndTheFinalComesLater) {
  settings.engines.stt.script = say_in_turn({"내일 오전 열 시에 전화 주세요"});
  settings.engines.stt.final_delay = Millis(1500);
  Phone& phone = dial({Listen{}, say("내일 오전 열 시에 전화 주세요"), Wait{Millis(50)}});
  finish(phone);
  const base::Time bye = server->log().find("ai_call_bye_received")->at;
  const base::Time end = server->log().find("ai_call_terminated")->at;
  EXPECT_LE(base::to_ms(end - bye), 2005);
  const auto said = turns_of(record(), caller_said);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said.front().text, "내일 오전 열 시에 전화 주세요");
  EXPECT_EQ(record().cause, Cause::caller_hung_up);
  EXPECT_TRUE(tape().closed);
  expect_clean();
}

TEST_F(FieldNotes, N08_CallThatSettlesKeepsItsFirstCause) {
  settings.engines.stt.script = say_in_turn({"내일 전화 주세요"});
  settings.engines.stt.final_delay = Millis(1500);
  Phone& phone = dial({Listen{}, say("내일 전화 주세요"), Wait{Millis(50)}});
  ASSERT_TRUE(world.run_until([&] { return phone.caller().ended(); }, seconds(30)));
  world.run_for(Millis(200));
  ASSERT_EQ(server->switchboard().calls(), 1U);
  EXPECT_TRUE(server->switchboard().running().empty());
  server->command([](auto& board, base::Time now) { board.end_all(Cause::shutdown, now); });
  finish(phone);
  EXPECT_EQ(record().cause, Cause::caller_hung_up);
  expect_clean();
}

TEST_F(FieldNotes, N08_FinalThatNeverComesDelaysTheEndByTwoSeconds) {
  settings.engines.stt.script = say_in_turn({"내일 전화 주세요"});
  settings.engines.stt.faults.dead = true;
  Phone& phone = dial({Listen{}, say("내일 전화 주세요"), Wait{Millis(50)}});
  finish(phone);
  const base::Time bye = server->log().find("ai_call_bye_received")->at;
  EXPECT_LE(base::to_ms(server->log().find("ai_call_terminated")->at - bye), 2005);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
