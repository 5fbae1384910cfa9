#include "speech/echo.hpp"

#include <gtest/gtest.h>

#include "speech/playout.hpp"
#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

// We speak; what comes back is `gain` of it after `delay`, plus `own` of another voice.
struct Loop {
  explicit Loop(Millis d) : delay(d) {}
  // Share of the halves in `length` that the guard explains away.
  double run(Millis length, double gain, double own) {
    int explained = 0, all = 0;
    for (Millis at{}; at < length; at += 10ms) {
      now += half_time;
      std::vector<std::int16_t> out(half_samples);
      ours.fill(out);
      if (pauses && at % 300ms < 60ms) std::fill(out.begin(), out.end(), std::int16_t{0});
      sent.insert(sent.end(), out.begin(), out.end());
      low.clear();
      decimator.run(out, low);
      guard.on_sent(low, now);
      std::array<std::int16_t, half_samples> in{};
      std::array<std::int16_t, half_samples> other{};
      caller.fill(other);
      const std::size_t back = static_cast<std::size_t>(audio::samples_in(delay)) + half_samples;
      for (std::size_t i = 0; i < in.size(); ++i) {
        const double echo = sent.size() > back ? sent[sent.size() - back + i] : 0;
        in[i] = static_cast<std::int16_t>(gain * echo + own * other[i]);
      }
      explained += guard.explains(in, now);
      ++all;
    }
    return static_cast<double>(explained) / all;
  }
  Millis delay;
  bool pauses = false;  // ours: 60 ms of each 300, as between words
  EchoGuard guard;
  Decimator decimator;
  Voice ours{110, 4}, caller{190, 9};
  std::vector<std::int16_t> sent, low;
  Time now{10s};
};

TEST(EchoGuard, ExplainsOurVoiceAtAnyDelayUpToHalfASecond) {
  for (const Millis delay : {20ms, 90ms, 237ms, 500ms}) {
    Loop l(delay);
    l.run(delay + 300ms, 0.316, 0);
    EXPECT_GT(l.run(2000ms, 0.316, 0), 0.97) << delay.count();
    EXPECT_TRUE(l.guard.learnt());
    EXPECT_NEAR(base::to_ms(l.guard.delay()), delay.count(), 12);
  }
}

TEST(EchoGuard, PausesBetweenOurWordsDoNotWeakenThePath) {
  Loop l(90ms);
  l.pauses = true;
  l.run(600ms, 0.316, 0);
  l.run(700ms, 0, 1);  // the caller answers into our last words
  l.run(600ms, 0.316, 0);
  EXPECT_GT(l.run(6000ms, 0.316, 0), 0.97);
}

TEST(EchoGuard, AnotherVoiceAloneIsNotExplained) {
  Loop l(100ms);
  EXPECT_LT(l.run(4000ms, 0, 1), 0.05);
  EXPECT_FALSE(l.guard.learnt());
}

TEST(EchoGuard, AVoiceOverTheEchoGetsThrough) {
  Loop l(100ms);
  l.run(1500ms, 0.316, 0);
  EXPECT_LT(l.run(1500ms, 0.316, 1), 0.4);
}

TEST(EchoGuard, ForgetsAnEchoThatWasCancelled) {
  Loop l(100ms);
  l.run(1500ms, 0.316, 0);
  l.run(1500ms, 0, 0);
  EXPECT_LT(l.run(1000ms, 0, 0.3), 0.3);
}

TEST(EchoGuard, KnowsNothingWhileWeAreSilent) {
  EchoGuard guard;
  std::array<std::int16_t, half_samples> in{};
  Voice caller(190, 9);
  caller.fill(in);
  EXPECT_FALSE(guard.explains(in, Time{5s}));
}

TEST(Decimator, KeepsLowTonesAndStopsHighOnes) {
  const auto peak = [](double hz) {
    Decimator d;
    std::vector<std::int16_t> in(3200), out;
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::int16_t>(8000 * std::sin(6.2832 * hz * static_cast<double>(i) / 16000));
    d.run(in, out);
    EXPECT_EQ(out.size(), 800u);
    return *std::max_element(out.begin() + 10, out.end());
  };
  EXPECT_GT(peak(300), 7000);
  EXPECT_LT(peak(3700), 600);
}

TEST(Playout, TellsTheGuardWhatWasSentAndForgetsWhatWasDropped) {
  FakePlayer player;
  EchoGuard guard;
  Playout playout(player, guard);
  std::vector<std::int16_t> pcm(16000, 1000);
  ASSERT_TRUE(playout.enqueue(pcm));
  EXPECT_EQ(playout.end(), 16000);
  player.tick();
  playout.on_time(Time{2s});
  EXPECT_EQ(playout.played(), 320);
  playout.discard();
  EXPECT_EQ(playout.end(), 320);
  ASSERT_TRUE(playout.enqueue(pcm));
  EXPECT_EQ(playout.end(), 16320);
}

}  // namespace
}  // namespace daedap::speech::test
