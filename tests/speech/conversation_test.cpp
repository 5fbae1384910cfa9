#include <gtest/gtest.h>

#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

using Who = Said::Speaker;

/// The model is asked when the turn is decided (ahead_test has the rest).
void ask_late(Settings& settings) { settings.turn.eager = 1; }

TEST(Conversation, GreetsWithTheFirstFrameFromThePrompts) {
  Scene s;
  s.answer();
  s.run(20ms);
  EXPECT_TRUE(s.bot_audible());
  EXPECT_TRUE(s.tts.spoken.empty());
  s.run(15s);
  ASSERT_EQ(s.said(Who::assistant).size(), 1u);
  EXPECT_EQ(s.said(Who::assistant)[0], s.settings.greeting);
}

TEST(Conversation, SaysTheOpeningAfterTheGreetingAndExpectsItsGrammar) {
  Scene s;
  s.llm.opening = "1번은 영업 시간, 2번은 메시지입니다.";
  s.llm.opening_grammar = "menu";
  s.answer();
  s.run(15s);
  EXPECT_EQ(s.said(Who::assistant)[0], s.settings.greeting + " " + s.llm.opening);
  EXPECT_EQ(s.stt.grammars.at(0), "menu");
}

TEST(Conversation, GreetsThroughTheSynthesizerWhenNoPromptIsThere) {
  Scene s({}, false);
  s.answer();
  s.run(200ms);
  EXPECT_TRUE(s.bot_audible());
  s.run(15s);
  EXPECT_EQ(s.said(Who::assistant).at(0), s.settings.greeting);
}

TEST(Conversation, OpenFailsWhenTheModelIsNotReady) {
  Scene s;
  s.llm.refuse_open = true;
  Conversation c(s.settings, Engines{s.stt, s.llm, s.tts}, *s.prompts, s.player);
  const auto opened = c.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::engine_not_ready);
}

TEST(Conversation, OpenFailsWhenTheRecogniserIsFull) {
  Scene s;
  s.stt.refuse_opens = 1;
  Conversation c(s.settings, Engines{s.stt, s.llm, s.tts}, *s.prompts, s.player);
  EXPECT_FALSE(c.open());
}

TEST(Conversation, AnswersWhatTheCallerSaid) {
  Scene s(ask_late);
  s.llm.script = [](const LlmInput& in) { return ScriptedLlm::say(in.text + " 말씀이시군요.", 100ms, "hours"); };
  s.answer();
  s.run(7s);
  s.caller_says("영업 시간이 어떻게 되나요", 1500ms);
  s.run(8s);
  ASSERT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.llm.asked[0].kind, LlmInput::Kind::speech);
  EXPECT_EQ(s.llm.asked[0].text, "영업 시간이 어떻게 되나요");
  EXPECT_DOUBLE_EQ(s.llm.asked[0].confidence, 0.9);
  ASSERT_EQ(s.llm.histories[0].size(), 1u);
  EXPECT_EQ(s.llm.histories[0][0].text, s.settings.greeting);
  const auto said = s.all<Said>();
  ASSERT_EQ(said.size(), 3u);
  EXPECT_EQ(said[1].speaker, Who::caller);
  EXPECT_EQ(said[1].text, "영업 시간이 어떻게 되나요");
  EXPECT_EQ(said[1].intent, "hours");
  EXPECT_EQ(said[2].text, "영업 시간이 어떻게 되나요 말씀이시군요.");
  EXPECT_TRUE(said[2].planned.empty());
  EXPECT_FALSE(said[2].interrupted);
}

TEST(Conversation, TellsInterimTextAsItComes) {
  Scene s;
  s.answer();
  s.run(7s);
  s.caller_says("예약을 하고 싶어요", 1500ms);
  s.run(5s);
  const auto heard = s.all<Heard>();
  ASSERT_GE(heard.size(), 2u);
  EXPECT_FALSE(heard.front().is_final);
  EXPECT_TRUE(heard.back().is_final);
  EXPECT_EQ(heard.back().text, "예약을 하고 싶어요");
}

TEST(Conversation, MarksOfATurnComeInTheirOrder) {
  Scene s(ask_late);
  s.answer();
  s.run(7s);
  s.caller_says("예약을 하고 싶어요", 1500ms);
  const Time end = s.now() + 1500ms;
  s.run(6s);
  const auto said = s.all<Said>();
  ASSERT_TRUE(said.back().marks);
  const Marks& m = *said.back().marks;
  for (std::size_t i = 0; i < mark_count; ++i) EXPECT_TRUE(m.at[i]) << name(static_cast<Mark>(i));
  EXPECT_NEAR(base::to_ms(*m[Mark::speech_end] - end), 0, 60);
  EXPECT_LE(*m[Mark::speech_end], *m[Mark::vad_end]);
  EXPECT_LE(*m[Mark::vad_end], *m[Mark::turn_decided]);
  EXPECT_LE(*m[Mark::turn_decided], *m[Mark::stt_final]);
  EXPECT_LE(*m[Mark::stt_final], *m[Mark::llm_first_token]);
  EXPECT_LE(*m[Mark::llm_first_token], *m[Mark::llm_first_sentence]);
  EXPECT_LE(*m[Mark::llm_first_sentence], *m[Mark::tts_first_audio]);
  EXPECT_LE(*m[Mark::tts_first_audio], *m[Mark::first_packet]);
}

TEST(Conversation, WhatIsOursInATurnStaysUnderSixtyMilliseconds) {
  Scene s;
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("네.", 310ms); };
  s.answer();
  s.run(7s);
  for (int i = 0; i < 20; ++i) {
    s.caller_says("질문이 하나 있습니다", Millis(900 + 37 * i));
    s.run(6s);
  }
  int turns = 0;
  for (const auto& said : s.all<Said>()) {
    if (!said.marks) continue;
    ++turns;
    ASSERT_TRUE(said.marks->own());
    EXPECT_LE(base::to_ms(*said.marks->own()), 60);
    EXPECT_GE(base::to_ms(*said.marks->response()), 300);
  }
  EXPECT_EQ(turns, 20);
}

TEST(Conversation, KeepsBothSidesInTheHistory) {
  Scene s;
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("네, 됩니다."); };
  s.answer();
  s.run(7s);
  s.caller_says("내일 예약 되나요", 1200ms);
  s.run(5s);
  s.caller_says("두 시로 부탁드립니다", 1200ms);
  s.run(5s);
  ASSERT_EQ(s.llm.histories.size(), 2u);
  const auto& h = s.llm.histories[1];
  ASSERT_EQ(h.size(), 3u);
  EXPECT_EQ(h[1].role, HistoryEntry::Role::user);
  EXPECT_EQ(h[1].text, "내일 예약 되나요");
  EXPECT_EQ(h[2].text, "네, 됩니다.");
}

TEST(Conversation, TwoPiecesBeforeAnyAnswerWasHeardAreOneTurn) {
  Scene s;
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("네, 그러겠습니다.", 1500ms); };
  s.answer();
  s.run(7s);
  s.caller_says("상담원 연결", 800ms);
  s.run(1800ms);  // decided, the model thinks
  ASSERT_EQ(s.llm.asked.size(), 1u);
  s.caller_says("부탁드립니다", 900ms);
  s.run(8s);
  ASSERT_EQ(s.llm.asked.size(), 2u);
  EXPECT_EQ(s.llm.asked[1].text, "상담원 연결 부탁드립니다");
  EXPECT_EQ(s.llm.cancelled, 1);
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{"상담원 연결 부탁드립니다"});
  EXPECT_EQ(s.llm.histories[1].size(), 1u);
}

TEST(Conversation, APauseWithinASentenceIsNotTheEnd) {
  Scene s;
  s.answer();
  s.run(7s);
  s.caller_says("제가 어제 주문을 했는데", 1200ms);
  s.caller_says("아직 안 왔어요", 1000ms, 1900ms);  // 700 ms of silence after a connective
  s.run(8s);
  ASSERT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.llm.asked[0].text, "제가 어제 주문을 했는데 아직 안 왔어요");
}

TEST(Conversation, AKeyActsAloneAndInterrupts) {
  Scene s;
  s.answer();
  s.run(2s);
  ASSERT_TRUE(s.bot_audible());
  s.conversation->on_digit('2', s.now());
  s.run(40ms);
  EXPECT_FALSE(s.bot_audible());
  s.run(5s);
  ASSERT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.llm.asked[0].kind, LlmInput::Kind::digits);
  EXPECT_EQ(s.llm.asked[0].text, "2");
  EXPECT_TRUE(s.all<Said>()[0].interrupted);
  EXPECT_EQ(s.count<Said>(), 2);
}

TEST(Conversation, AKeyWhileTheAnswerIsMadeReplacesIt) {
  Scene s;
  s.llm.script = [](const LlmInput& in) { return ScriptedLlm::say("번호 " + in.text + "번입니다.", 800ms); };
  s.answer();
  s.run(7s);
  s.conversation->on_digit('1', s.now());
  s.run(300ms);
  s.conversation->on_digit('2', s.now());
  s.run(6s);
  EXPECT_EQ(s.said(Who::assistant).back(), "번호 2번입니다.");
  EXPECT_EQ(s.said(Who::assistant).size(), 2u);
}

TEST(Conversation, NothingUnderstoodAsksTheModelToClarify) {
  Scene s;
  s.answer();
  s.run(7s);
  s.caller_says("", 1500ms);
  s.run(4s);
  ASSERT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.llm.asked[0].kind, LlmInput::Kind::unclear);
  EXPECT_TRUE(s.said(Who::caller).empty());
}

TEST(Conversation, AShortNoiseIntoSilenceIsNoQuestion) {
  Scene s;
  s.answer();
  s.run(7s);
  s.caller_says("", 240ms);
  s.run(4s);
  EXPECT_TRUE(s.llm.asked.empty());
}

TEST(Conversation, AnEmptyAnswerIsNotSilence) {
  Scene s;
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say(""); };
  s.answer();
  s.run(7s);
  s.caller_says("안녕하세요", 900ms);
  s.run(6s);
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::say_again, "ko"));
}

TEST(Conversation, HangsUpOnlyAfterTheFarewellWasSpoken) {
  Scene s;
  s.llm.script = [](const LlmInput&) {
    auto steps = ScriptedLlm::say("감사합니다. 안녕히 계세요.");
    steps.insert(steps.end() - 1, {0ms, LlmAction{LlmAction::Kind::hang_up, {}}});
    return steps;
  };
  s.answer();
  s.run(7s);
  s.caller_says("끊을게요", 800ms);
  ASSERT_TRUE(s.run_until([&] { return s.count<Finished>() > 0; }, 10s));
  EXPECT_EQ(s.all<Finished>()[0].why, Finished::Why::goodbye);
  EXPECT_EQ(s.said(Who::assistant).back(), "감사합니다. 안녕히 계세요.");
  EXPECT_EQ(s.player.queued(), 0);
}

TEST(Conversation, HangUpWithoutWordsStillSaysGoodbye) {
  Scene s;
  s.llm.script = [](const LlmInput&) {
    return std::vector<LlmStep>{{50ms, LlmAction{LlmAction::Kind::hang_up, {}}}, {1ms, LlmDone{}}};
  };
  s.answer();
  s.run(7s);
  s.caller_says("끊을게요", 800ms);
  ASSERT_TRUE(s.run_until([&] { return s.count<Finished>() > 0; }, 10s));
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::goodbye, "ko"));
}

TEST(Conversation, WantsATransferAfterSayingSo) {
  Scene s;
  s.llm.script = [](const LlmInput&) {
    auto steps = ScriptedLlm::say("연결해 드리겠습니다.");
    steps.insert(steps.begin(), {0ms, LlmAction{LlmAction::Kind::transfer, {{"to", "sip:sales@x"}}}});
    return steps;
  };
  s.answer();
  s.run(7s);
  s.caller_says("영업부요", 800ms);
  ASSERT_TRUE(s.run_until([&] { return s.count<Wanted>() > 0; }, 10s));
  EXPECT_EQ(s.all<Wanted>()[0].arguments.at("to"), "sip:sales@x");
  EXPECT_EQ(s.said(Who::assistant).back(), "연결해 드리겠습니다.");
}

TEST(Conversation, RepeatsWhatItSaidLast) {
  Scene s;
  s.llm.script = [](const LlmInput& in) {
    if (in.text == "다시요") {
      return std::vector<LlmStep>{{50ms, LlmAction{LlmAction::Kind::repeat, {}}}, {1ms, LlmDone{}}};
    }
    return ScriptedLlm::say("아홉 시에 엽니다.");
  };
  s.answer();
  s.run(7s);
  s.caller_says("언제 열어요", 800ms);
  s.run(5s);
  s.caller_says("다시요", 700ms);
  s.run(6s);
  const auto said = s.said(Who::assistant);
  ASSERT_EQ(said.size(), 3u);
  EXPECT_EQ(said[1], said[2]);
}

TEST(Conversation, GrammarOfTheAnswerIsInForceBeforeItWasSpoken) {
  Scene s;
  s.llm.script = [](const LlmInput&) {
    auto steps = ScriptedLlm::say("예약하시겠습니까? 네 또는 아니요로 말씀해 주세요.");
    steps.back().event = LlmDone{.intent = "", .grammar = "yes_no"};
    return steps;
  };
  s.answer();
  s.run(7s);
  s.caller_says("예약이요", 800ms);
  s.run(2500ms);
  EXPECT_TRUE(s.bot_audible());
  EXPECT_EQ(s.stt.grammars.back(), "yes_no");
}

TEST(Conversation, SaysAnOperatorsWordsWhenItIsSilentAndAfterItsOwn) {
  Scene s;
  s.answer();
  s.run(1s);
  s.conversation->say("잠시 후 점검이 있습니다.", s.now());
  s.run(15s);
  EXPECT_EQ(s.said(Who::assistant).at(1), "잠시 후 점검이 있습니다.");
  s.conversation->say("점검을 시작합니다.", s.now());
  s.run(5s);
  EXPECT_EQ(s.said(Who::assistant).back(), "점검을 시작합니다.");
}

TEST(Conversation, FinishSaysTheFarewellOnceAndThenFinishes) {
  Scene s;
  s.answer();
  s.run(2s);
  s.conversation->finish(Finished::Why::goodbye, s.now());
  s.conversation->finish(Finished::Why::too_long, s.now());
  s.run(10s);
  ASSERT_EQ(s.count<Finished>(), 1);
  EXPECT_EQ(s.all<Finished>()[0].why, Finished::Why::goodbye);
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::goodbye, "ko"));
}

TEST(Conversation, SpeaksEnglishWhenTheCallDoes) {
  Scene s([](Settings& x) {
    x.language = "en";
    x.greeting = "Hello, this is the assistant of Kim. How can I help you?";
  });
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("We open at 9 a.m. on weekdays. See you!"); };
  s.answer();
  s.run(8s);
  s.caller_says("when do you open", 1000ms);
  s.run(9s);
  EXPECT_EQ(s.said(Who::assistant).back(), "We open at 9 a.m. on weekdays. See you!");
}

TEST(Conversation, DeadlineIsFiniteWhileTheCallRuns) {
  Scene s;
  s.answer();
  bool finite = true;
  s.each_tick = [&] {
    if (s.count<Finished>() == 0) finite = finite && s.conversation->deadline() != base::never;
  };
  s.run(90s);
  EXPECT_TRUE(finite);
}

}  // namespace
}  // namespace daedap::speech::test
