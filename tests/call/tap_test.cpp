#include "call/tap.hpp"

#include <gtest/gtest.h>

#include "sim/voice.hpp"

namespace daedap::call {
namespace {

struct Kept final : audio::FrameSink {
  void on_frame(const audio::Frame&, const audio::FrameInfo& info) override {
    ++frames;
    last = info.position;
  }
  int frames = 0;
  std::int64_t last = -1;
};

struct TapTest : ::testing::Test {
  /// Hears `pcm`, then `quiet` of silence.
  void hear(std::vector<std::int16_t> pcm, base::Millis quiet = base::Millis(600), bool concealed = false) {
    pcm.resize(pcm.size() + static_cast<std::size_t>(audio::samples_in(quiet)));
    for (std::size_t at = 0; at + audio::frame_samples <= pcm.size(); at += audio::frame_samples) {
      audio::Frame frame;
      std::copy_n(pcm.begin() + static_cast<std::ptrdiff_t>(at), frame.size(), frame.begin());
      now += audio::frame_time;
      speaker.on_frame(frame, {.heard = now, .position = position, .concealed = concealed});
      position += audio::frame_samples;
    }
  }
  std::int64_t talked() const { return base::to_ms(speaker.talked()); }

  Tap speaker{speech::VadSettings{}};
  base::Time now{std::chrono::seconds(1)};
  std::int64_t position = 0;
};

TEST_F(TapTest, CountsTheTimeWithVoice) {
  hear({}, base::Millis(1000));
  EXPECT_EQ(talked(), 0);
  const auto words = sim::speak("영업 시간이 어떻게 되나요");
  const auto length = static_cast<std::int64_t>(words.size()) / 16;
  hear(words);
  EXPECT_NEAR(static_cast<double>(talked()), static_cast<double>(length), 0.2 * static_cast<double>(length));
  EXPECT_FALSE(speaker.speaking());
  const auto once = talked();
  hear(words);
  EXPECT_NEAR(static_cast<double>(talked()), 2.0 * static_cast<double>(once), 150);
}

TEST_F(TapTest, CountsSpeechThatStillRuns) {
  hear({}, base::Millis(500));
  hear(sim::speak("영업 시간이 어떻게 되나요 그리고 위치는 어디인가요"), base::Millis(0));
  EXPECT_GT(talked(), 500);
}

TEST_F(TapTest, SilenceAndNoiseThatWasMadeUpAreNoVoice) {
  hear({}, base::Millis(20'000));
  hear(sim::speak("영업 시간이 어떻게 되나요"), base::Millis(600), true);
  EXPECT_EQ(talked(), 0);
}

TEST_F(TapTest, RecordingAndListenerGetEachFrame) {
  Kept recording, seen;
  speaker.set_recording(&recording);
  speaker.set_listener(&seen);
  hear({}, base::Millis(1000));
  EXPECT_EQ(recording.frames, 50);
  EXPECT_EQ(seen.frames, 50);
  EXPECT_EQ(seen.last, 49 * 320);
  speaker.set_recording(nullptr);
  hear({}, base::Millis(100));
  EXPECT_EQ(recording.frames, 50);
  EXPECT_EQ(seen.frames, 55);
  speaker.set_listener(nullptr);
  hear({}, base::Millis(100));
  EXPECT_EQ(seen.frames, 55);
}

}  // namespace
}  // namespace daedap::call
