#include "speech/reply.hpp"

#include <gtest/gtest.h>

#include "speech/history.hpp"
#include "speech/ledger.hpp"
#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

TEST(Ledger, AWordCountsOnceThreeQuartersOfItWereSent) {
  Ledger l("ko");
  l.begin("가나 다라 마바");
  l.add(1000, 6000, 6000);
  l.end();
  EXPECT_EQ(l.heard(1000), "");
  EXPECT_EQ(l.heard(1000 + 1499), "");
  EXPECT_EQ(l.heard(1000 + 1500), "가나");
  EXPECT_EQ(l.heard(1000 + 3400), "가나");
  EXPECT_EQ(l.heard(1000 + 3500), "가나 다라");
  EXPECT_EQ(l.heard(7000), "가나 다라 마바");
}

TEST(Ledger, TrailingSilenceIsNoPartOfTheWords) {
  Ledger l("ko");
  l.begin("가나 다라");
  l.add(0, 8000, 4000);
  l.end();
  EXPECT_EQ(l.heard(3600), "가나 다라");
}

TEST(Ledger, OfAnUnfinishedPieceRatherTooLittleThanTooMuch) {
  Ledger l("ko");
  l.begin("가나다라 마바사아");
  l.add(0, 3000, 3000);
  EXPECT_EQ(l.heard(3000), "");
  EXPECT_EQ(l.text(), "가나다라 마바사아");
}

TEST(Ledger, SoundsHaveNoWordsAndAbandonedTextIsGone) {
  Ledger l("ko");
  l.begin("");
  l.add(0, 100, 100);
  l.end();
  l.begin("버림");
  l.abandon();
  EXPECT_EQ(l.heard(1000), "");
  EXPECT_EQ(l.text(), "");
  EXPECT_EQ(l.last(), 100);
}

TEST(History, IsBoundedInEntriesAndBytes) {
  History h;
  for (int i = 0; i < 100; ++i) h.user("말 " + std::to_string(i));
  EXPECT_EQ(h.entries().size(), 40u);
  EXPECT_EQ(h.entries().back().text, "말 99");
  for (int i = 0; i < 20; ++i) h.assistant(std::string(1000, 'a'));
  std::size_t bytes = 0;
  for (const auto& e : h.entries()) bytes += e.text.size();
  EXPECT_LE(bytes, 8192u);
  h.user("");
  EXPECT_EQ(h.entries().back().role, HistoryEntry::Role::assistant);
}

TEST(Marks, ResponseAndWhatIsOurs) {
  Marks m;
  const Time t{10s};
  EXPECT_FALSE(m.response());
  m.set(Mark::speech_end, t);
  m.set(Mark::stt_final, t + 700ms);
  m.set(Mark::llm_first_sentence, t + 1100ms);
  m.set(Mark::tts_first_audio, t + 1300ms);
  m.set(Mark::first_packet, t + 1330ms);
  m.stt_asked = t + 510ms;
  m.llm_asked = t + 700ms;
  m.tts_asked = t + 1100ms;
  m.wait = 500ms;
  EXPECT_EQ(*m.response(), base::Duration(1330ms));
  EXPECT_EQ(*m.own(), base::Duration(1330ms - 500ms - 190ms - 400ms - 200ms));
  EXPECT_EQ(name(Mark::llm_first_sentence), "llm_first_sentence");
}

TEST(Prompts, AreMadeOnceTrimmedAndFoundByVoice) {
  Timeline t;
  ScriptedTts tts(t);
  Prompts p(tts);
  p.warm("안녕하세요.", "ko", "");
  p.warm("안녕하세요.", "ko", "");
  EXPECT_EQ(tts.spoken.size(), 1u);
  EXPECT_EQ(p.pending(), 1u);
  EXPECT_EQ(p.find("안녕하세요.", "ko", ""), nullptr);
  t.run_until(t.now + 5s);
  ASSERT_NE(p.find("안녕하세요.", "ko", ""), nullptr);
  EXPECT_EQ(p.find("안녕하세요.", "ko", "+f3"), nullptr);
  EXPECT_EQ(p.pending(), 0u);
  EXPECT_NEAR(static_cast<double>(p.find("안녕하세요.", "ko", "")->size()), 600 * 16, 1200);
}

TEST(Prompts, FailureIsRetriedAtTheNextWarmAndTheOldestGoesFirst) {
  Timeline t;
  ScriptedTts tts(t);
  Prompts p(tts, 2);
  tts.fail_next = 1;
  p.warm("하나", "ko", "");
  t.run_until(t.now + 2s);
  EXPECT_EQ(p.find("하나", "ko", ""), nullptr);
  for (const char* text : {"하나", "둘", "셋"}) {
    p.warm(text, "ko", "");
    t.run_until(t.now + 2s);
  }
  p.warm("셋", "ko", "");
  EXPECT_EQ(p.find("하나", "ko", ""), nullptr);
  EXPECT_NE(p.find("둘", "ko", ""), nullptr);
  EXPECT_NE(p.find("셋", "ko", ""), nullptr);
}

struct Speaker {
  Timeline timeline;
  ScriptedTts tts{timeline};
  ScriptedLlm llm{timeline};
  FakePlayer player;
  EchoGuard echo;
  Playout playout{player, echo};
  Settings settings;
  Prompts prompts{tts};
  std::unique_ptr<LlmSession> session = std::move(*llm.open({}));
  int changes = 0;
  Reply reply{Reply::Voice{settings, tts, prompts, playout}, [this] { ++changes; }};

  void run(Millis length) {
    for (Millis at{}; at < length; at += audio::frame_time) {
      timeline.run_until(timeline.now + audio::frame_time);
      player.tick();
      reply.sweep();
      reply.on_time(timeline.now);
    }
  }
};

TEST(Reply, MakesOneSentenceAheadOfTheVoice) {
  Speaker s;
  s.llm.script = [](const LlmInput&) {
    return ScriptedLlm::say("첫 번째 문장은 이만큼이나 길고 오래 걸립니다. 두 번째 문장도 이만큼이나 길고 오래 걸립니다. "
                            "세 번째 문장도 이만큼이나 길고 오래 걸립니다. 네 번째 문장도 길고 오래 걸립니다.");
  };
  s.reply.answer(*s.session, {}, {}, s.timeline.now);
  s.run(1000ms);
  EXPECT_EQ(s.tts.spoken.size(), 2u);
  s.run(3000ms);
  EXPECT_EQ(s.tts.spoken.size(), 3u);
  s.run(12000ms);
  EXPECT_TRUE(s.reply.finished());
  EXPECT_EQ(s.tts.spoken.size(), 4u);
}

TEST(Reply, LeadingSilenceOfTheEngineIsNotPlayed) {
  Speaker s;
  s.tts.lead_silence = 600ms;
  s.reply.fixed("안녕하세요.", s.timeline.now);
  s.run(300ms);
  EXPECT_TRUE(s.reply.sounding());
  s.run(2000ms);
  EXPECT_NEAR(static_cast<double>(s.player.played()), 600 * 16, 500);
}

TEST(Reply, CutTellsTheWordsSentAndCancelsTheEngines) {
  Speaker s;
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열입니다. 그리고 더 있습니다.", 50ms); };
  s.reply.answer(*s.session, {}, {}, s.timeline.now);
  s.run(1400ms);
  const Spoken spoken = s.reply.cut(s.timeline.now);
  EXPECT_EQ(spoken.planned.rfind(spoken.heard, 0), 0u);
  EXPECT_FALSE(spoken.heard.empty());
  EXPECT_LT(spoken.heard.size(), spoken.planned.size());
  EXPECT_EQ(s.player.queued(), 0);
  const int changes = s.changes;
  s.run(2000ms);
  EXPECT_EQ(s.changes, changes) << "no engine event after the cut";
}

TEST(Reply, NothingHeardBeforeTheFirstSample) {
  Speaker s;
  s.reply.fixed("안녕하세요.", s.timeline.now);
  const Spoken spoken = s.reply.cut(s.timeline.now);
  EXPECT_TRUE(spoken.heard.empty());
  EXPECT_FALSE(spoken.start);
  EXPECT_EQ(spoken.planned, "안녕하세요.");
}

TEST(Reply, NumbersAreSpokenButTheTextStaysWritten) {
  Speaker s;
  s.reply.fixed("3시 30분입니다.", s.timeline.now);
  EXPECT_EQ(s.tts.spoken.at(0), "세 시 삼십 분입니다.");
  s.run(4000ms);
  EXPECT_EQ(s.reply.spoken().heard, "3시 30분입니다.");
}

TEST(Reply, APauseDelaysAndLosesNothing) {
  Speaker s;
  s.reply.fixed("안녕하세요 무엇을 도와드릴까요?", s.timeline.now);
  s.run(500ms);
  s.playout.pause();
  s.run(3000ms);
  EXPECT_FALSE(s.reply.finished());
  s.playout.resume();
  s.run(2500ms);
  EXPECT_TRUE(s.reply.finished());
  EXPECT_EQ(s.reply.spoken().heard, "안녕하세요 무엇을 도와드릴까요?");
}

}  // namespace
}  // namespace daedap::speech::test
