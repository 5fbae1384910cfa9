#include "call/waiting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "audio/frame.hpp"

namespace daedap::call {
namespace {

/// Keeps what is enqueued; `take` plays one frame of it.
struct Speaker final : audio::Player {
  bool enqueue(std::span<const std::int16_t> pcm) override {
    if (full) return false;
    all.insert(all.end(), pcm.begin(), pcm.end());
    return true;
  }
  void pause() override {}
  void resume() override {}
  bool paused() const override { return false; }
  void discard() override { all.resize(static_cast<std::size_t>(done)); }
  std::int64_t played() const override { return done; }
  std::int64_t queued() const override { return static_cast<std::int64_t>(all.size()) - done; }
  void take() { done += std::min<std::int64_t>(queued(), audio::frame_samples); }

  std::vector<std::int16_t> all;
  std::int64_t done = 0;
  bool full = false;
};

TEST(Waiting, MusicGoesRoundWithoutASeam) {
  std::vector<std::int16_t> music(1000);
  std::iota(music.begin(), music.end(), std::int16_t{1});
  Waiting waiting{music};
  Speaker speaker;
  for (int i = 0; i < 100; ++i, speaker.take()) waiting.play(speaker);
  ASSERT_GT(speaker.all.size(), 3 * music.size());
  for (std::size_t i = 0; i < speaker.all.size(); ++i) ASSERT_EQ(speaker.all[i], music[i % music.size()]) << i;
}

TEST(Waiting, KeepsTwoFramesAheadAndNoMore) {
  const std::vector<std::int16_t> music(50'000, 7);
  Waiting waiting{music};
  Speaker speaker;
  for (int i = 0; i < 50; ++i) {
    waiting.play(speaker);
    EXPECT_EQ(speaker.queued(), 2 * static_cast<std::int64_t>(audio::frame_samples));
    speaker.take();
  }
}

TEST(Waiting, WithoutMusicTheRingingToneSoundsOneSecondOfThree) {
  Waiting waiting{{}};
  Speaker speaker;
  for (int i = 0; i < 300; ++i, speaker.take()) waiting.play(speaker);
  const auto peak = [&](std::size_t second) {
    const auto begin = speaker.all.begin() + static_cast<std::ptrdiff_t>(second * audio::sample_rate + 100);
    return *std::max_element(begin, begin + audio::sample_rate - 200);
  };
  EXPECT_GT(peak(0), 1000);
  EXPECT_EQ(peak(1), 0);
  EXPECT_EQ(peak(2), 0);
  EXPECT_GT(peak(3), 1000);
}

TEST(Waiting, APlayerThatTakesNothingIsLeftAlone) {
  Speaker speaker;
  speaker.full = true;
  Waiting waiting{{}};
  waiting.play(speaker);
  EXPECT_TRUE(speaker.all.empty());
}

}  // namespace
}  // namespace daedap::call
