#include "speech/listener.hpp"

#include <gtest/gtest.h>

#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

struct Line {
  Line() {
    EXPECT_TRUE(listener.open("menu"));
  }
  void run(Millis length, bool voiced) {
    for (Millis at{}; at < length; at += audio::frame_time) {
      timeline.run_until(timeline.now + audio::frame_time);
      audio::Frame f{};
      if (voiced) voice.fill(f);
      listener.on_frame(f, {.heard = timeline.now, .position = pushed});
      pushed += audio::frame_samples;
      listener.on_time(timeline.now);
    }
  }
  template <typename T>
  int count() const {
    return static_cast<int>(std::count_if(events.begin(), events.end(), [](const auto& e) { return std::holds_alternative<T>(e); }));
  }
  template <typename T>
  T last() const {
    for (auto it = events.rbegin(); it != events.rend(); ++it) {
      if (const auto* t = std::get_if<T>(&*it)) return *t;
    }
    ADD_FAILURE() << "no such event";
    return {};
  }
  Timeline timeline;
  ScriptedStt stt{timeline};
  EchoGuard echo;
  Settings settings;
  std::vector<ListenerEvent> events;
  std::int64_t pushed = 0;
  Voice voice{160, 2};
  Listener listener{settings, stt, echo, [this](const ListenerEvent& e) { events.push_back(e); }};
};

TEST(Listener, PushesEverySampleSilenceToo) {
  Line l;
  l.run(3000ms, false);
  // Only what may become pre-roll is still held.
  EXPECT_GE(l.stt.pushed, l.pushed - 16 * 600);
  EXPECT_LT(l.stt.pushed, l.pushed);
  l.run(1000ms, true);
  EXPECT_EQ(l.stt.pushed, l.pushed);
}

TEST(Listener, UtteranceHoldsThePreRoll) {
  Line l;
  l.run(1000ms, false);
  l.run(500ms, true);
  ASSERT_EQ(l.stt.begun, 1);
  const auto& heard = l.stt.utterance_audio;
  const auto first = std::find_if(heard.begin(), heard.end(), [](auto s) { return std::abs(s) > 100; }) - heard.begin();
  EXPECT_GE(first, 16 * 280);
  EXPECT_LE(first, 16 * 400);
}

TEST(Listener, TellsWhenSpeechBeganAndEndedByTheWire) {
  Line l;
  l.run(1000ms, false);
  const Time start = l.timeline.now;
  l.run(800ms, true);
  const Time end = l.timeline.now;
  l.run(500ms, false);
  EXPECT_NEAR(base::to_ms(l.last<SpeechStarted>().at - start), 0, 30);
  EXPECT_NEAR(base::to_ms(l.last<SpeechStopped>().at - end), 0, 40);
  EXPECT_NEAR(base::to_ms(l.last<SpeechStopped>().noticed - end), 250, 50);
}

TEST(Listener, OneFinalAnswersOneEnd) {
  Line l;
  l.stt.speeches.push_back({l.timeline.now + 500ms, 800ms, "안녕하세요"});
  l.run(500ms, false);
  l.run(800ms, true);
  l.run(300ms, false);
  l.listener.end_utterance(l.timeline.now);
  l.listener.end_utterance(l.timeline.now);
  EXPECT_TRUE(l.listener.awaiting_final());
  l.run(400ms, false);
  EXPECT_EQ(l.stt.ended, 1);
  EXPECT_EQ(l.count<FinalText>(), 1);
  EXPECT_EQ(l.last<FinalText>().text, "안녕하세요");
  EXPECT_FALSE(l.listener.awaiting_final());
}

TEST(Listener, ConcealedFramesAreNoVoice) {
  Line l;
  l.run(500ms, false);
  for (int i = 0; i < 50; ++i) {
    audio::Frame f{};
    l.voice.fill(f);
    l.timeline.run_until(l.timeline.now + 20ms);
    l.listener.on_frame(f, {.heard = l.timeline.now, .position = 0, .concealed = true});
  }
  EXPECT_EQ(l.count<SpeechStarted>(), 0);
}

TEST(Listener, RevivesTheRecogniserOnceAndReplaysTheUtterance) {
  Line l;
  l.run(500ms, false);
  l.run(400ms, true);
  l.stt.die();
  l.run(800ms, true);
  EXPECT_EQ(l.stt.opened, 2);
  EXPECT_EQ(l.stt.begun, 2);
  EXPECT_FALSE(l.last<ListenerLost>().for_good);
  EXPECT_GE(l.stt.utterance_audio.size(), 16u * 1200);
  l.stt.die();
  l.run(100ms, true);
  EXPECT_TRUE(l.last<ListenerLost>().for_good);
  EXPECT_FALSE(l.listener.understands());
}

TEST(Listener, AFinalOwedByADeadRecogniserStillComes) {
  Line l;
  l.run(500ms, false);
  l.run(600ms, true);
  l.run(300ms, false);
  l.stt.answers = false;
  l.listener.end_utterance(l.timeline.now);
  l.stt.refuse_opens = 1;
  l.stt.die();
  l.run(1000ms, false);
  EXPECT_EQ(l.count<FinalText>(), 1);
  EXPECT_TRUE(l.last<FinalText>().late);
}

TEST(Listener, ChangesTheGrammarOnlyWhenItIsAnother) {
  Line l;
  l.listener.expect("menu");
  l.listener.expect("yes_no");
  l.listener.expect("yes_no");
  EXPECT_EQ(l.stt.grammars, (std::vector<std::string>{"menu", "yes_no"}));
}

}  // namespace
}  // namespace daedap::speech::test
