#include "speech/vad/detector.hpp"

#include <gtest/gtest.h>

#include "speech/listener.hpp"
#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

// Answers by loudness, some halves late, as a network does whose windows must fill first.
class LateVoice final : public VoiceDetector {
 public:
  LateVoice(std::size_t late, Sink sink) : late_(late), sink_(std::move(sink)) {}
  void push(std::span<const std::int16_t, half_samples> pcm, bool) override {
    double sum = 0;
    for (const std::int16_t s : pcm) sum += static_cast<double>(s) * s;
    waiting_.push_back(sum > 160.0 * 100 * 100 ? 0.9 : 0.1);
    if (waiting_.size() <= late_) return;
    sink_(waiting_.front());
    waiting_.pop_front();
  }

 private:
  std::size_t late_;
  Sink sink_;
  std::deque<double> waiting_;
};

class LateVoices final : public VoiceDetectors {
 public:
  std::unique_ptr<VoiceDetector> open(VoiceDetector::Sink sink) override {
    ++opened;
    return std::make_unique<LateVoice>(late, std::move(sink));
  }
  EdgeLag lag() const override { return edges; }
  Millis delay() const override { return Millis(10 * late); }
  std::size_t late = 6;
  EdgeLag edges{};
  int opened = 0;
};

struct Line {
  explicit Line(EdgeLag edges = {}, std::size_t late = 6) {
    voices.edges = edges;
    voices.late = late;
    listener.emplace(
        settings, stt, echo, [this](const ListenerEvent& e) { events.push_back(e); }, &voices);
    EXPECT_TRUE(listener->open("menu"));
  }
  void run(Millis length, bool voiced, bool concealed = false) {
    for (Millis at{}; at < length; at += audio::frame_time) {
      timeline.run_until(timeline.now + audio::frame_time);
      audio::Frame f{};
      if (voiced) f.fill(3000);
      listener->on_frame(f, {.heard = timeline.now, .position = 0, .concealed = concealed});
      listener->on_time(timeline.now);
    }
  }
  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const auto& e : events) {
      if (const auto* t = std::get_if<T>(&e)) found.push_back(*t);
    }
    return found;
  }
  Timeline timeline;
  ScriptedStt stt{timeline};
  EchoGuard echo;
  Settings settings;
  LateVoices voices;
  std::vector<ListenerEvent> events;
  std::optional<Listener> listener;
};

TEST(VoiceDetector, ALateAnswerIsDatedWhenItsAudioWasHeard) {
  Line l;
  l.run(1000ms, false);
  const Time begun = l.timeline.now;
  l.run(600ms, true);
  const Time ended = l.timeline.now;
  l.run(600ms, false);
  ASSERT_EQ(l.voices.opened, 1);
  ASSERT_EQ(l.all<SpeechStarted>().size(), 1u);
  ASSERT_EQ(l.all<SpeechStopped>().size(), 1u);
  EXPECT_EQ(l.all<SpeechStarted>().front().at, begun);
  const SpeechStopped stopped = l.all<SpeechStopped>().front();
  EXPECT_EQ(stopped.at, ended);
  EXPECT_EQ(stopped.voiced, base::Duration(600ms));
  EXPECT_NEAR(base::to_ms(stopped.noticed - ended), 250 + 60, 20);
}

TEST(VoiceDetector, ItsOwnLagIsTakenOffBothEdges) {
  Line l({.start = 30ms, .end = 90ms});
  l.run(1000ms, false);
  const Time begun = l.timeline.now;
  l.run(600ms, true);
  const Time ended = l.timeline.now;
  l.run(600ms, false);
  EXPECT_EQ(l.all<SpeechStarted>().front().at, begun - 30ms);
  EXPECT_EQ(l.all<SpeechStopped>().front().at, ended - 90ms);
}

TEST(VoiceDetector, ThePreRollIsHeldForALateAnswerToo) {
  Line l({}, 8);
  l.run(1000ms, false);
  l.run(500ms, true);
  ASSERT_EQ(l.stt.begun, 1);
  const auto& heard = l.stt.utterance_audio;
  const auto first = std::find_if(heard.begin(), heard.end(), [](auto s) { return s != 0; }) - heard.begin();
  EXPECT_GE(first, 16 * 280);
}

TEST(VoiceDetector, MadeUpAudioIsNoVoiceWhateverTheDetectorSays) {
  Line l;
  l.run(500ms, false);
  l.run(1000ms, true, true);
  l.run(300ms, false);
  EXPECT_TRUE(l.all<SpeechStarted>().empty());
}

TEST(VoiceDetector, AnswersAfterTheEndAreNotHeard) {
  Line l;
  l.run(500ms, false);
  l.run(200ms, true);
  EXPECT_TRUE(l.all<SpeechStarted>().empty());
  l.listener->close();
  l.run(500ms, true);
  EXPECT_TRUE(l.all<SpeechStarted>().empty());
}

TEST(VoiceDetector, EnergyAnswersAtOnceAndSaysNothingOfMadeUpAudio) {
  std::vector<double> told;
  const auto voice = make_energy_voice([&](double p) { told.push_back(p); });
  std::array<std::int16_t, half_samples> pcm{};
  Voice speaker(150, 3);
  for (int i = 0; i < 100; ++i) voice->push(pcm, false);
  for (int i = 0; i < 20; ++i) speaker.fill(pcm), voice->push(pcm, false);
  EXPECT_EQ(told.size(), 120u);
  EXPECT_GT(told.back(), 0.5);
  voice->push(pcm, true);
  EXPECT_EQ(told.back(), 0.0);
}

}  // namespace
}  // namespace daedap::speech::test
