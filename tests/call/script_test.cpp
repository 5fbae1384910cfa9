#include "call/test_caller/script.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace daedap::call {
namespace {

using base::Millis;

/// Sends 20 ms per tick; the queue's content does not matter.
class FakePlayer final : public audio::Player {
 public:
  bool enqueue(std::span<const std::int16_t> pcm) override {
    queued_ += static_cast<std::int64_t>(pcm.size());
    return true;
  }
  void pause() override {}
  void resume() override {}
  bool paused() const override { return false; }
  void discard() override { queued_ = 0; }
  std::int64_t played() const override { return played_; }
  std::int64_t queued() const override { return queued_; }
  void tick() {
    const auto n = std::min<std::int64_t>(queued_, audio::frame_samples);
    queued_ -= n;
    played_ += n;
  }

 private:
  std::int64_t played_ = 0, queued_ = 0;
};

struct ScriptTest : ::testing::Test {
  void run(Script& script, Millis time, std::int16_t level = 0) {
    audio::Frame frame;
    frame.fill(level);
    for (Millis t{0}; t < time; t += audio::frame_time) {
      now += audio::frame_time;
      player.tick();
      ear.on_frame(frame, {.heard = now, .position = 0});
      script.on_tick(ear, {player, [this](char d) { keys += d; return true; }}, now);
    }
  }
  static Speak words(Millis voiced, Millis silence = Millis(0)) {
    Speak speak{.said = "hello"};
    speak.pcm.assign(static_cast<std::size_t>(audio::samples_in(voiced)), 3000);
    speak.pcm.resize(speak.pcm.size() + static_cast<std::size_t>(audio::samples_in(silence)));
    return speak;
  }
  FakePlayer player;
  Ear ear;
  std::string keys;
  base::Time now{std::chrono::seconds(1)};
};

TEST_F(ScriptTest, ListensUntilTheOtherSideHasSpokenAndIsSilent) {
  Script script({Listen{.quiet = Millis(500)}});
  run(script, Millis(1000));
  EXPECT_FALSE(script.over());
  run(script, Millis(1000), 2000);
  run(script, Millis(480));
  EXPECT_FALSE(script.over());
  run(script, Millis(60));
  EXPECT_TRUE(script.over());
}

TEST_F(ScriptTest, ListensNoLongerThanItsLimit) {
  Script script({Listen{.at_most = Millis(3000)}});
  run(script, Millis(3000));
  EXPECT_FALSE(script.over());
  run(script, Millis(40));
  EXPECT_TRUE(script.over());
}

TEST_F(ScriptTest, MeasuresFromTheLastVoicedSampleThatLeft) {
  Script script({words(Millis(400), Millis(200)), Listen{.quiet = Millis(300)}});
  run(script, Millis(420));  // begins with the first tick, so the last voice leaves here
  run(script, Millis(900));
  run(script, Millis(1000), 2000);
  run(script, Millis(500));
  ASSERT_TRUE(script.over());
  ASSERT_EQ(script.turns().size(), 1U);
  const TestTurn& turn = script.turns().front();
  ASSERT_TRUE(turn.response_ms);
  EXPECT_EQ(*turn.response_ms, 920);
  EXPECT_EQ(turn.answer_ms, 980);
}

TEST_F(ScriptTest, SpeechThatRanBeforeIsNoAnswer) {
  Script script({words(Millis(400)), Wait{Millis(2000)}});
  run(script, Millis(1000), 2000);  // the other side talks over us all the time
  run(script, Millis(2000));
  EXPECT_FALSE(script.turns().front().response_ms);
}

TEST_F(ScriptTest, PressesKeysAndWaitsUntilTheyAreOut) {
  Script script({PressKeys{"12"}, Wait{Millis(100)}});
  run(script, Millis(20));
  EXPECT_EQ(keys, "12");
  run(script, Millis(320));
  EXPECT_FALSE(script.over());
  run(script, Millis(100));
  EXPECT_TRUE(script.over());
}

TEST_F(ScriptTest, GoesOnInMidWordOnAnotherPlayer) {
  Script script({words(Millis(400))});
  run(script, Millis(220));
  FakePlayer other;
  script.move(player, other);
  EXPECT_EQ(other.queued(), audio::samples_in(Millis(200)));
  player = other;
  run(script, Millis(180));
  EXPECT_FALSE(script.over());
  run(script, Millis(20));
  EXPECT_TRUE(script.over());
}

}  // namespace
}  // namespace daedap::call
