// The model is asked before it is decided that the caller has finished.
#include <gtest/gtest.h>

#include <algorithm>

#include "speech/scene.hpp"
#include "speech/text/same_words.hpp"

namespace daedap::speech::test {
namespace {

using Who = Said::Speaker;
using Step = AskedAhead::Step;

const std::string question = "영업 시간 알려 주세요";
const std::string more = "그리고 주차도 되나요";

/// A caller who is waited for 1.2 s however surely he has finished, and a model that takes its time.
struct Early : Scene {
  explicit Early(std::function<void(Settings&)> change = {}, Millis model = 700ms)
      : Scene([&](Settings& s) {
          s.turn.least_wait = 1200ms;
          if (change) change(s);
        }) {
    stt.partial_lag = 700ms;  // fresh when his voice ends
    llm.script = [model](const LlmInput& in) { return ScriptedLlm::say(in.text + " 말씀이시군요.", model); };
    answer();
    run(7s);
    outputs.clear();
    tts.spoken.clear();
    llm.asked.clear();
  }
  /// The caller's voice ends with this call.
  void ask(const std::string& text = question, Millis length = 1000ms) {
    caller_says(text, length);
    run(length);
  }
  int ahead(Step step) const {
    const auto found = all<AskedAhead>();
    return static_cast<int>(std::ranges::count(found, step, &AskedAhead::step));
  }
  bool waiting_for_answer() { return run_until([&] { return ahead(Step::started) == 1; }, 1s); }
  /// How long the caller then hears nothing.
  Millis silence() {
    const Time from = now();
    run_until([&] { return bot_audible(); }, 20s);
    return std::chrono::duration_cast<Millis>(now() - from);
  }
  std::string last_said() const { return said(Who::assistant).empty() ? "" : said(Who::assistant).back(); }
};

std::vector<LlmStep> failed(Millis after) { return {{after, LlmFailed{{base::Code::engine_failed, "boom", ""}}}}; }
std::vector<LlmStep> acts(LlmAction::Kind kind, const std::string& text = {}) {
  auto steps = ScriptedLlm::say(text, 50ms);
  steps.insert(steps.end() - 1, {10ms, LlmAction{kind, {}}});
  return steps;
}

TEST(AskedAhead, TheAnswerIsThereWhenTheTurnIsDecided) {
  Early s;
  s.ask();
  ASSERT_TRUE(s.waiting_for_answer());
  EXPECT_LE(base::to_ms(s.silence()), 1200 + 150 + 60 - 250);
  s.run(8s);
  ASSERT_EQ(s.llm.asked.size(), 1u);
  EXPECT_TRUE(s.llm.asked[0].ahead);
  EXPECT_EQ(s.llm.kept, 1);
  EXPECT_EQ(s.llm.cancelled, 0);
  EXPECT_EQ(s.ahead(Step::used), 1);
  EXPECT_EQ(s.ahead(Step::dropped), 0);
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{question});
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{question + " 말씀이시군요."});
}

TEST(AskedAhead, SavesTheModelsTime) {
  Early late([](Settings& s) { s.turn.eager = 1; });
  late.ask();
  const Millis without = late.silence();
  EXPECT_EQ(late.ahead(Step::started), 0);
  EXPECT_FALSE(late.llm.asked.at(0).ahead);
  Early early([](Settings& s) { s.turn.eager_voice = 1; });
  early.ask();
  EXPECT_GE(base::to_ms(without - early.silence()), 680);
}

TEST(AskedAhead, TheFirstSentenceIsSpokenIntoABufferWhenHeHasSurelyFinished) {
  Early s;
  s.tts.first_audio = 400ms;
  s.ask();
  ASSERT_TRUE(s.run_until([&] { return !s.tts.spoken.empty(); }, 1100ms)) << "before the turn is decided";
  EXPECT_FALSE(s.bot_audible());
  s.run(8s);
  EXPECT_EQ(s.tts.spoken.size(), 1u);
  EXPECT_EQ(s.last_said(), question + " 말씀이시군요.");
}

TEST(AskedAhead, WithoutThatTheVoiceWaits) {
  Early s([](Settings& settings) { settings.turn.eager_voice = 1; });
  s.ask();
  s.run(1150ms);
  ASSERT_EQ(s.ahead(Step::started), 1);
  EXPECT_TRUE(s.tts.spoken.empty());
  s.run(8s);
  EXPECT_EQ(s.tts.spoken.size(), 1u);
}

TEST(AskedAhead, AlsoWhileTheFinalTextIsWaitedFor) {
  Early s([](Settings& settings) { settings.turn.least_wait = 200ms; });
  s.stt.final_lag = 900ms;
  s.ask();
  EXPECT_LE(base::to_ms(s.silence()), 300 + 900 + 150);
  EXPECT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.ahead(Step::used), 1);
}

TEST(AskedAhead, NothingIsHeardOfItWhenTheCallerGoesOn) {
  Early s({}, 100ms);  // the answer is there, and its first sentence made, long before the caller goes on
  s.ask();
  ASSERT_TRUE(s.waiting_for_answer());
  const auto played = s.player.played();
  s.run(600ms);
  ASSERT_FALSE(s.tts.spoken.empty());
  s.ask(more);
  EXPECT_EQ(s.player.played(), played);
  EXPECT_EQ(s.ahead(Step::dropped), 1);
  s.run(10s);
  EXPECT_EQ(s.llm.asked.back().text, question + " " + more);
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{question + " " + more});
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{question + " " + more + " 말씀이시군요."});
  for (const auto& history : s.llm.histories) {
    for (const auto& entry : history) EXPECT_EQ(entry.text.find(question), entry.text.npos);
  }
}

TEST(AskedAhead, APreparedAnswerIsCancelledWithItsEngines) {
  Early s({}, 5000ms);
  s.ask();
  ASSERT_TRUE(s.waiting_for_answer());
  s.run(100ms);
  EXPECT_EQ(s.llm.cancelled, 0);
  s.ask(more);
  EXPECT_EQ(s.llm.cancelled, 1);
}

TEST(AskedAhead, OtherWordsInTheFinalTextAreAskedAnew) {
  Early s;
  s.stt.settle = [](const std::string& text) { return text + " 내일"; };
  s.ask();
  s.run(10s);
  ASSERT_EQ(s.llm.asked.size(), 2u);
  EXPECT_FALSE(s.llm.asked[1].ahead);
  EXPECT_EQ(s.llm.asked[1].text, question + " 내일");
  EXPECT_EQ(s.ahead(Step::dropped), 1);
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{question + " 내일 말씀이시군요."});
}

TEST(AskedAhead, PunctuationAndSpacesInTheFinalTextAreNoOtherWords) {
  Early s;
  s.stt.settle = [](const std::string&) { return "영업시간, 알려주세요."; };
  s.ask();
  s.run(10s);
  EXPECT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.ahead(Step::used), 1);
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{"영업시간, 알려주세요."});
}

TEST(AskedAhead, AnAnswerThatTheModelTakesBackIsAskedAnew) {
  Early s;
  s.llm.keeps = false;
  s.ask();
  s.run(10s);
  ASSERT_EQ(s.llm.asked.size(), 2u);
  EXPECT_FALSE(s.llm.asked[1].ahead);
  EXPECT_DOUBLE_EQ(s.llm.asked[1].confidence, 0.9);
  EXPECT_EQ(s.said(Who::assistant).size(), 1u);
}

TEST(AskedAhead, ActionsWaitForTheDecision) {
  for (const auto kind : {LlmAction::Kind::transfer, LlmAction::Kind::hang_up, LlmAction::Kind::take_message, LlmAction::Kind::repeat}) {
    Early s;
    s.llm.script = [kind](const LlmInput&) { return acts(kind); };
    s.ask();
    ASSERT_TRUE(s.waiting_for_answer());
    s.run(800ms);
    EXPECT_FALSE(s.bot_audible());
    EXPECT_EQ(s.count<Wanted>() + s.count<Finished>(), 0);
    s.run(8s);
    EXPECT_EQ(s.llm.asked.size(), 1u);
    EXPECT_EQ(s.count<Wanted>(), kind == LlmAction::Kind::transfer ? 1 : 0);
    EXPECT_EQ(s.said(Who::assistant).empty(), kind == LlmAction::Kind::transfer);
  }
}

TEST(AskedAhead, ActionsOfADroppedAnswerAreNeverDone) {
  Early s;
  s.llm.script = [](const LlmInput& in) {
    return in.ahead ? acts(LlmAction::Kind::transfer, "연결해 드리겠습니다.") : ScriptedLlm::say("아홉 시입니다.");
  };
  s.stt.settle = [](const std::string& text) { return text + " 말고요"; };
  s.ask();
  s.run(10s);
  EXPECT_EQ(s.ahead(Step::started), 1);
  EXPECT_EQ(s.count<Wanted>(), 0);
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{"아홉 시입니다."});
}

TEST(AskedAhead, AFailureIsNoFailureOfTheTurn) {
  for (const Millis after : {20ms, 300ms}) {
    Early s([](Settings& settings) { settings.max_failures = 1; });  // the first one counted takes a message
    s.llm.script = [after](const LlmInput& in) { return in.ahead ? failed(after) : ScriptedLlm::say("아홉 시입니다."); };
    s.ask();
    s.run(10s);
    EXPECT_EQ(s.llm.asked.size(), 2u) << "it is tried ahead once only";
    EXPECT_EQ(s.count<Degraded>(), 0);
    EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{"아홉 시입니다."});
  }
}

TEST(AskedAhead, AnAnswerThatBreaksOffAheadIsMadeAnew) {
  Early s;
  s.llm.script = [](const LlmInput& in) {
    if (!in.ahead) return ScriptedLlm::say("아홉 시입니다.");
    auto steps = ScriptedLlm::say("여덟 시입니다. 그리고", 20ms);
    steps.back() = failed(50ms).front();
    return steps;
  };
  s.ask();
  s.run(10s);
  EXPECT_EQ(s.count<Degraded>(), 0);
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{"아홉 시입니다."});
}

TEST(AskedAhead, AFullEngineIsAskedWhenItsTimeHasCome) {
  Early s;
  s.llm.refuse_asks = 1;
  s.ask();
  s.run(10s);
  EXPECT_EQ(s.llm.asked.size(), 2u);
  EXPECT_EQ(s.count<AskedAhead>(), 0);
  EXPECT_EQ(s.count<Degraded>(), 0);
  EXPECT_EQ(s.last_said(), question + " 말씀이시군요.");
}

TEST(AskedAhead, ASynthesizerThatFailsAheadIsAskedAgainInSilence) {
  Early s({}, 50ms);
  s.tts.fail_next = 1;
  s.ask();
  s.run(10s);
  EXPECT_EQ(s.tts.spoken.size(), 2u);
  EXPECT_EQ(s.count<Degraded>(), 0);
  EXPECT_EQ(s.ahead(Step::used), 1);
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{question + " 말씀이시군요."});
}

TEST(AskedAhead, AModelIsLateFromTheDecisionOn) {
  Early s({}, 60000ms);
  s.ask();
  ASSERT_TRUE(s.waiting_for_answer());
  ASSERT_TRUE(s.run_until([&] { return s.ahead(Step::used) == 1; }, 3s));
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("아홉 시입니다."); };
  EXPECT_NEAR(base::to_ms(s.silence()), 4000, 60);
  s.run(8s);
  EXPECT_EQ(s.last_said(), phrase(Phrase::try_again, "ko") + " 아홉 시입니다.");
  EXPECT_FALSE(s.llm.asked.back().ahead);
}

TEST(AskedAhead, ThreeTimesATurnAtMost) {
  Early s;
  std::string all;
  for (int i = 0; i < 5; ++i) {
    const std::string part = i % 2 == 0 ? question : more;
    all += (i ? " " : "") + part;
    s.ask(part);
    s.run(700ms);
  }
  EXPECT_EQ(s.ahead(Step::started), 3);
  EXPECT_EQ(s.ahead(Step::dropped), 3);
  s.run(12s);
  ASSERT_EQ(s.llm.asked.size(), 4u);
  EXPECT_EQ(s.llm.asked.back().text, all);
  EXPECT_EQ(s.said(Who::assistant).size(), 1u);
  s.ask();
  s.run(8s);
  EXPECT_EQ(s.ahead(Step::used), 1) << "the next turn has tries of its own";
}

TEST(AskedAhead, WordsThatAreNotFinishedAreNotAnswered) {
  Early s;
  s.ask("예약을 하고 싶은데 그게");
  s.run(1s);
  EXPECT_EQ(s.ahead(Step::started), 0);
  EXPECT_TRUE(s.llm.asked.empty());
}

TEST(AskedAhead, AKeyTakesItsPlace) {
  Early s;
  s.ask();
  ASSERT_TRUE(s.waiting_for_answer());
  s.run(300ms);
  s.conversation->on_digit('1', s.now());
  s.run(8s);
  EXPECT_EQ(s.llm.asked.back().kind, LlmInput::Kind::digits);
  EXPECT_EQ(s.ahead(Step::dropped), 1);
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{"1 말씀이시군요."});
}

TEST(AskedAhead, NothingIsLeftOfItAfterAHangUp) {
  Early s;
  s.ask();
  ASSERT_TRUE(s.waiting_for_answer());
  s.run(300ms);
  s.conversation->on_hang_up(s.now());
  s.run(3s);
  EXPECT_TRUE(s.conversation->settled());
  EXPECT_EQ(s.ahead(Step::dropped), 1);
  EXPECT_TRUE(s.said(Who::assistant).empty());
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{question});
}

TEST(AskedAhead, WhoIsBeingConnectedGetsNoAnswer) {
  Early s;
  s.ask();
  ASSERT_TRUE(s.waiting_for_answer());
  s.run(300ms);
  s.conversation->stand_by(true, s.now());
  s.run(8s);
  EXPECT_EQ(s.ahead(Step::dropped), 1);
  EXPECT_EQ(s.ahead(Step::started), 1);
  EXPECT_TRUE(s.said(Who::assistant).empty());
}

TEST(AskedAhead, AFarewellTakesItsPlace) {
  Early s;
  s.ask();
  ASSERT_TRUE(s.waiting_for_answer());
  s.conversation->finish(Finished::Why::too_long, s.now());
  s.run(10s);
  EXPECT_TRUE(s.finished);
  EXPECT_EQ(s.ahead(Step::dropped), 1);
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{phrase(Phrase::too_long, "ko")});
}

TEST(AskedAhead, AnAnswerInUseIsInterruptedLikeAnyOther) {
  Early s;
  s.llm.script = [](const LlmInput& in) {
    return ScriptedLlm::say(in.text == question ? "평일에는 아홉 시부터 여섯 시까지 엽니다. 주말에는 열지 않습니다." : "네.");
  };
  s.ask();
  ASSERT_TRUE(s.run_until([&] { return s.bot_audible(); }, 5s));
  s.run(1500ms);
  s.ask("잠깐만요 토요일은요");
  s.run(8s);
  const auto said = s.all<Said>();
  const auto cut = std::ranges::find_if(said, [](const Said& one) { return one.interrupted; });
  ASSERT_NE(cut, said.end());
  EXPECT_EQ(cut->planned.rfind(cut->text, 0), 0u);
  EXPECT_EQ(s.llm.histories.back().back().text, cut->text);
  EXPECT_EQ(s.last_said(), "네.");
}

TEST(AskedAhead, WhoGoesOnBeforeTheFirstSampleIsAnsweredAsOneTurn) {
  Early s({}, 1900ms);
  s.ask();
  ASSERT_TRUE(s.run_until([&] { return s.ahead(Step::used) == 1; }, 3s));
  s.ask(more);
  s.run(12s);
  EXPECT_EQ(s.llm.asked.back().text, question + " " + more);
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{question + " " + more});
  EXPECT_EQ(s.said(Who::assistant).size(), 1u);
}

TEST(AskedAhead, MarksTellWhenEachThingReallyHappened) {
  Early s;
  s.ask();
  const Time end = s.now();
  s.run(8s);
  const auto said = s.all<Said>();
  ASSERT_TRUE(said.back().marks);
  const Marks& m = *said.back().marks;
  for (std::size_t i = 0; i < mark_count; ++i) EXPECT_TRUE(m.at[i]) << name(static_cast<Mark>(i));
  EXPECT_NEAR(base::to_ms(*m[Mark::llm_first_token] - end), 250 + 700, 80);
  EXPECT_LT(*m[Mark::llm_first_token], *m[Mark::turn_decided]);
  EXPECT_NEAR(base::to_ms(*m[Mark::turn_decided] - end), 1200, 40);
  EXPECT_NEAR(base::to_ms(*m.response()), base::to_ms(*m[Mark::first_packet] - end), 60);
  EXPECT_LE(base::to_ms(*m.own()), 60);
}

TEST(Marks, WhatRunsAtTheSameTimeCountsOnce) {
  const Time t{10s};
  Marks m;
  m.set(Mark::speech_end, t);
  m.wait = 1000ms;
  m.llm_asked = t + 300ms;
  m.set(Mark::llm_first_sentence, t + 900ms);
  m.stt_asked = t + 1000ms;
  m.set(Mark::stt_final, t + 1200ms);
  m.tts_asked = t + 900ms;
  m.set(Mark::tts_first_audio, t + 1100ms);
  m.set(Mark::first_packet, t + 1230ms);
  EXPECT_EQ(base::to_ms(*m.own()), 30);
  m.set(Mark::llm_first_sentence, t + 5000ms);  // an apology came before it
  EXPECT_EQ(base::to_ms(*m.own()), 0);
  Marks later;
  later.set(Mark::stt_final, t);
  later.fill(m);
  EXPECT_EQ(later[Mark::stt_final], t);
  EXPECT_EQ(later.llm_asked, m.llm_asked);
  EXPECT_EQ(later.wait, m.wait);
}

TEST(SameWords, WhateverTheRecogniserMadeOfPunctuationAndSpaces) {
  EXPECT_TRUE(same_words("영업 시간 알려 주세요", "영업시간 알려주세요.", "ko"));
  EXPECT_TRUE(same_words("세 시, 아니 네 시요", "세 시 아니 네 시요…", "ko"));
  EXPECT_FALSE(same_words("세 시요", "네 시요", "ko"));
  EXPECT_FALSE(same_words("알려 주세요", "알려 주세요 네", "ko"));
  EXPECT_TRUE(same_words("I'd like to pay", "Id like to pay.", "en"));
  EXPECT_TRUE(same_words("OK, now", "ok now", "en"));
  EXPECT_FALSE(same_words("now here", "nowhere", "en"));
  EXPECT_FALSE(same_words("", "네", "ko"));
}

TEST(SameWords, NumbersAreTheSameOnlyWhenTheirPointsAndSpacesAre) {
  EXPECT_TRUE(same_words("1,000원", "1000 원", "ko"));
  EXPECT_FALSE(same_words("3.5만원", "35만원", "ko"));
  EXPECT_FALSE(same_words("3 5", "35", "ko"));
  EXPECT_FALSE(same_words("3.5", "3 5", "en"));
  EXPECT_TRUE(same_words("room 12.", "Room 12", "en"));
}

}  // namespace
}  // namespace daedap::speech::test
