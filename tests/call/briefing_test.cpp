#include "call/briefing.hpp"

#include <gtest/gtest.h>

#include "sim/voice.hpp"
#include "tests/call/line_bench.hpp"

namespace daedap::call {
namespace {

using base::Millis;
using std::chrono::seconds;

struct BriefingTest : ::testing::Test, LineBench {
  std::unique_ptr<Briefing> make(const std::string& text = "A call from the assistant.") {
    return std::make_unique<Briefing>(speech::TtsRequest{.text = text, .language = "en"}, engines.tts);
  }
  void answer(Briefing& briefing) {
    auto one = leg("operator 1004");
    ASSERT_TRUE(one->answer(sdp(), world.now()));
    briefing.start(std::move(one), "1004", world.now());
  }
  /// Ticks until it is over; how long that took.
  base::Duration run(Briefing& briefing, base::Duration limit = seconds(60)) {
    const base::Time began = world.now();
    while (!briefing.over(world.now()) && world.now() - began < limit) {
      world.run_for(audio::frame_time);
      briefing.tick_send(world.now());
      briefing.tick_receive(world.now());
    }
    return world.now() - began;
  }
};

TEST_F(BriefingTest, LastsAsLongAsItsWordsAndAMomentForTheHand) {
  const auto briefing = make();
  EXPECT_EQ(briefing->leg(), nullptr);
  world.run_for(seconds(5));  // his telephone rings
  answer(*briefing);
  const auto words = audio::duration_of(static_cast<std::int64_t>(sim::speak("A call from the assistant.").size()));
  EXPECT_NEAR(base::to_ms_f(run(*briefing)), base::to_ms_f(words) + 400, 100);
  EXPECT_EQ(briefing->operator_id(), "1004");
  const auto back = briefing->take_leg();
  ASSERT_TRUE(back);
  EXPECT_EQ(back->media().player().queued(), 0);
  EXPECT_GT(back->stats().packets_sent, 20U);
}

TEST_F(BriefingTest, WordsThatAreStillMadeArePlayedAsTheyCome) {
  engines.tts.settings().first_audio = Millis(1000);
  const auto briefing = make();
  answer(*briefing);
  EXPECT_GT(run(*briefing), Millis(1500));
}

TEST_F(BriefingTest, SynthesizerThatSaysNothingCostsThreeSeconds) {
  engines.tts.settings().first_audio = Millis(60'000);
  const auto briefing = make();
  answer(*briefing);
  EXPECT_NEAR(base::to_ms_f(run(*briefing)), base::to_ms_f(Briefing::late), 40);
}

TEST_F(BriefingTest, SynthesizerThatRefusesOrFailsCostsNothing) {
  for (const bool refuses : {true, false}) {
    (refuses ? engines.tts.settings().faults.refused : engines.tts.settings().faults.failing) = {1, 2};
    const auto briefing = make();
    world.run_for(seconds(5));
    answer(*briefing);
    EXPECT_LE(run(*briefing), Millis(450)) << refuses;
  }
}

TEST_F(BriefingTest, EndlessWordsAreCut) {
  const auto briefing = make(std::string(2000, 'a'));
  world.run_for(seconds(30));
  answer(*briefing);
  EXPECT_LE(run(*briefing), Briefing::longest + Millis(450));
}

TEST_F(BriefingTest, SkippedIsOverAtOnce) {
  const auto briefing = make();
  world.run_for(seconds(5));
  answer(*briefing);
  briefing->skip();
  EXPECT_TRUE(briefing->over(world.now()));
  EXPECT_TRUE(briefing->take_leg());
}

}  // namespace
}  // namespace daedap::call
