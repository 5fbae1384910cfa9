// The caller asks the AI for a person.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

using call::TransferSummary;

struct AiTransfer : Pbx {
  AiTransfer() {
    settings.call.transfer_to = "1004";
    settings.call.transfer_summary = TransferSummary::both;
    settings.engines.llm.rules = {{"person", "One moment, I will connect you.", "person", speech::LlmAction::Kind::transfer},
                                  {"parcel", "It left yesterday.", "parcel", {}}};
    settings.engines.stt.script = say_in_turn({"where is my parcel", "a person please", "is anybody there"});
  }
  /// Calls the English AI, asks for a parcel and then for a person; the transfer has begun afterwards.
  Phone& ask_for_a_person() {
    Phone& caller = dial_operator("1003", {Listen{}, say("where is my parcel"), Listen{}, say("a person please"), Listen{},
                                           Wait{Millis(600'000)}});
    EXPECT_TRUE(world.run_until([&] { return server->log().count("call_transfer") > 0; }, seconds(60)));
    return caller;
  }
  bool run_until_talking(DeskPhone& phone, base::Duration limit = seconds(30)) {
    return world.run_until([&] { return phone.talking(); }, limit);
  }
  void run_until_bridged() {
    EXPECT_TRUE(world.run_until([&] { return server->log().count("call_bridged") > 0; }, seconds(30)));
  }
  void hang_up(Phone& caller) {
    caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
    finish(caller);
    run(Millis(200));
  }
  bool asked_tts(const std::string& part) {
    return std::ranges::any_of(server->engines().tts.asked(), [&](const std::string& one) { return (one.find(part) != std::string::npos); });
  }
  static std::int64_t voice_ms(std::span<const std::int16_t> pcm) { return voiced_ms({pcm.begin(), pcm.end()}); }
};

TEST_F(AiTransfer, CallerWaitsWhileThePersonIsToldAndThenBothTalk) {
  DeskPhone& lee = desk("1004", {.answer_after = Millis(3000), .hz = 900});
  Phone& caller = ask_for_a_person();
  const int invites_before = caller.caller().reinvites();
  const auto said_before = turns_of(server->switchboard().running().front(), assistant_said);
  ASSERT_FALSE(said_before.empty());
  EXPECT_EQ(said_before.back().text, "One moment, I will connect you.");
  run(Millis(2500));
  EXPECT_GT(voice_ms(heard_by(caller, seconds(2))), 300) << "music or ringing";
  ASSERT_TRUE(run_until_talking(lee));
  run(Millis(2500));
  EXPECT_EQ(server->log().count("call_bridged"), 0);
  EXPECT_GT(voice_ms(last(lee.heard(), seconds(2))), 800) << "he is told what it is about";
  EXPECT_LT(share_of_tone(heard_by(caller), 900), 0.2) << "the caller does not hear him yet";
  EXPECT_TRUE(asked_tts("where is my parcel"));
  EXPECT_NE(lee.invite().header("Subject").value_or("").find("where is my parcel"), std::string_view::npos);
  run_until_bridged();
  run(seconds(2));
  EXPECT_GT(share_of_tone(heard_by(caller), 900), 0.9);
  EXPECT_EQ(caller.caller().reinvites(), invites_before) << "the caller is not re-invited";
  hang_up(caller);
  EXPECT_EQ(record().path, (std::vector<std::string>{"ai", "1004"}));
  EXPECT_EQ(record().answered_by, "1004");
  EXPECT_EQ(turns_of(record(), assistant_said).size(), said_before.size()) << "the AI was silent";
  expect_clean();
}

TEST_F(AiTransfer, SummaryIsSpokenInTheCallersLanguage) {
  settings.engines.llm.rules = {{"상담원", "연결해 드리겠습니다.", "person", speech::LlmAction::Kind::transfer}};
  settings.engines.stt.script = say_in_turn({"주문을 취소하고 싶어요", "상담원 바꿔 주세요"});
  DeskPhone& lee = desk("1004");
  Phone& caller = dial_operator("1001", {Listen{}, say("주문을 취소하고 싶어요"), Listen{}, say("상담원 바꿔 주세요"),
                                         Wait{Millis(600'000)}});
  ASSERT_TRUE(run_until_talking(lee, seconds(60)));
  run_until_bridged();
  EXPECT_TRUE(asked_tts("고객 말씀입니다. 주문을 취소하고 싶어요."));
  hang_up(caller);
  expect_clean();
}

TEST_F(AiTransfer, WithoutASummaryBothAreJoinedAtOnce) {
  settings.call.transfer_summary = TransferSummary::off;
  DeskPhone& lee = desk("1004", {.hz = 900});
  Phone& caller = ask_for_a_person();
  ASSERT_TRUE(run_until_talking(lee));
  run(Millis(100));
  EXPECT_EQ(server->log().count("call_bridged"), 1);
  EXPECT_FALSE(lee.invite().header("Subject"));
  hang_up(caller);
  expect_clean();
}

TEST_F(AiTransfer, DeadSynthesizerDelaysTheTwoOnlyForAMoment) {
  settings.engines.stt.script = say_in_turn({"a person please"});
  DeskPhone& lee = desk("1004", {.answer_after = Millis(1000), .hz = 900});
  Phone& caller = dial_operator("1003", {Listen{}, say("a person please"), Wait{Millis(600'000)}});
  ASSERT_TRUE(world.run_until([&] { return !server->engines().llm.asked().empty(); }, seconds(60)));
  run(seconds(1));  // the answer's own speech is made
  server->engines().tts.settings().first_audio = Millis(60'000);
  ASSERT_TRUE(run_until_talking(lee));
  run(seconds(4));
  EXPECT_EQ(server->log().count("call_bridged"), 1);
  hang_up(caller);
  expect_clean();
}

TEST_F(AiTransfer, KeyEndsTheBriefing) {
  DeskPhone& lee = desk("1004");
  Phone& caller = ask_for_a_person();
  ASSERT_TRUE(run_until_talking(lee));
  run(Millis(600));
  EXPECT_EQ(server->log().count("call_bridged"), 0);
  lee.send_info('#');
  run(Millis(200));
  EXPECT_EQ(server->log().count("call_bridged"), 1);
  hang_up(caller);
  expect_clean();
}

TEST_F(AiTransfer, AiComesBackWhenNobodyAnswers) {
  settings.engines.stt.script = say_in_turn({"where is my parcel", "a person please", "then the parcel again"});
  DeskPhone& lee = desk("1004", {.answer_after = std::nullopt});
  Phone& caller = dial_operator("1003", {Listen{}, say("where is my parcel"), Listen{}, say("a person please"), Wait{seconds(32)},
                                         say("then the parcel again"), Listen{}, Wait{Millis(600'000)}});
  ASSERT_TRUE(world.run_until([&] { return server->log().count("call_transfer_failed") > 0; }, seconds(90)));
  run(seconds(30));
  EXPECT_EQ(lee.cancels(), 1);
  const auto& asked = server->engines().llm.asked();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked.back().input.text, "then the parcel again");
  const auto in_history = [&](const std::string& text) {
    return std::ranges::any_of(asked.back().history, [&](const auto& entry) { return entry.text.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(in_history("where is my parcel"));
  EXPECT_TRUE(in_history("It left yesterday."));
  EXPECT_TRUE(in_history("I cannot connect you right now."));
  hang_up(caller);
  EXPECT_EQ(record().path, (std::vector<std::string>{"ai", "1004:no_answer"}));
  EXPECT_EQ(record().answered_by, "ai");
  expect_clean();
}

TEST_F(AiTransfer, AiComesBackAtOnceFromABusyOrDecliningPerson) {
  for (const int status : {486, 603}) {
    contacts.clear();
    desk("1004", {.reject = status});
    Phone& caller = ask_for_a_person();
    run(seconds(5));
    EXPECT_EQ(server->switchboard().running().size(), 1U);
    hang_up(caller);
    EXPECT_EQ(turns_of(server->ended().back(), assistant_said).back().text,
              "I cannot connect you right now. Please leave a message and you will be called back.");
    phones.clear();
    desks.clear();
    server.reset();
  }
}

TEST_F(AiTransfer, AiIsSilentAndWritesDownWhatIsSaidMeanwhile) {
  desk("1004", {.answer_after = std::nullopt});
  Phone& caller = dial_operator("1003", {Listen{}, say("where is my parcel"), Listen{}, say("a person please"), Wait{seconds(8)},
                                         say("is anybody there"), Wait{Millis(600'000)}});
  ASSERT_TRUE(world.run_until([&] { return server->log().count("call_transfer") > 0; }, seconds(60)));
  run(seconds(15));
  EXPECT_EQ(server->engines().llm.asked().size(), 2U) << "nobody answers him";
  hang_up(caller);
  EXPECT_EQ(turns_of(record(), caller_said).back().text, "is anybody there");
  expect_clean();
}

TEST_F(AiTransfer, PersonWhoHangsUpDuringTheBriefingGivesTheCallBack) {
  DeskPhone& lee = desk("1004");
  Phone& caller = ask_for_a_person();
  ASSERT_TRUE(run_until_talking(lee));
  run(Millis(600));
  lee.hang_up();
  run(seconds(5));
  EXPECT_EQ(server->switchboard().running().size(), 1U);
  hang_up(caller);
  EXPECT_EQ(record().answered_by, "ai");
  expect_clean();
}

TEST_F(AiTransfer, CallerWhoHangsUpDuringTheBriefingFreesThePerson) {
  DeskPhone& lee = desk("1004");
  Phone& caller = ask_for_a_person();
  ASSERT_TRUE(run_until_talking(lee));
  run(Millis(600));
  hang_up(caller);
  EXPECT_TRUE(lee.over());
  expect_clean();
}

TEST_F(AiTransfer, GroupIsRungAndTheFirstHasTheCall) {
  settings.call.transfer_to = "8000";
  DeskPhone& kim = desk("1002", {.answer_after = Millis(5000)});
  DeskPhone& lee = desk("1004", {.answer_after = Millis(1000), .hz = 900});
  server->command([&](call::Switchboard& board, base::Time) {
    board.set_queues({{.number = "8000", .name = "Support", .language = "en", .members = {"1002", "1004"}}});
  });
  Phone& caller = ask_for_a_person();
  run_until_bridged();
  run(seconds(2));
  EXPECT_EQ(kim.cancels(), 1);
  EXPECT_TRUE(lee.talking());
  EXPECT_GT(share_of_tone(heard_by(caller), 900), 0.9);
  hang_up(caller);
  expect_clean();
}

TEST_F(AiTransfer, NobodyConfiguredIsSaidToTheCaller) {
  settings.call.transfer_to.clear();
  settings.engines.stt.script = say_in_turn({"a person please"});
  Phone& caller = dial_operator("1003", {Listen{}, say("a person please"), Listen{}, Wait{Millis(600'000)}});
  ASSERT_TRUE(world.run_until([&] { return server->log().count("ai_transfer_not_possible") > 0; }, seconds(60)));
  run(seconds(8));
  EXPECT_EQ(server->switchboard().running().size(), 1U);
  hang_up(caller);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
