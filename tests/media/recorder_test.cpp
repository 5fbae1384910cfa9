#include "media/recorder.hpp"

#include <gtest/gtest.h>

#include "media/fakes.hpp"

namespace daedap::media {
namespace {

using namespace testing;

struct Tape {
  std::vector<std::int16_t> pcm;
  std::size_t largest = 0;
  int writes = 0, closes = 0;
};

struct TapeSink final : RecordingSink {
  explicit TapeSink(Tape& t) : tape(t) {}
  void write(std::vector<std::int16_t> stereo) override {
    tape.largest = std::max(tape.largest, stereo.size());
    tape.pcm.insert(tape.pcm.end(), stereo.begin(), stereo.end());
    ++tape.writes;
  }
  void close() override { ++tape.closes; }
  Tape& tape;
};

audio::Frame filled(std::int16_t value) {
  audio::Frame f;
  f.fill(value);
  return f;
}

struct RecorderTest : ::testing::Test {
  Tape tape;
  Recorder recorder{std::make_unique<TapeSink>(tape), 5};
  void customer(std::int64_t index, std::int16_t value) {
    recorder.customer().on_frame(filled(value), {.position = index * 320});
  }
  void agent(std::int64_t index, std::int16_t value) {
    recorder.agent().on_frame(filled(value), {.position = index * 320});
  }
  std::int16_t left(std::size_t frame) const { return tape.pcm.at(frame * 640); }
  std::int16_t right(std::size_t frame) const { return tape.pcm.at(frame * 640 + 1); }
};

TEST_F(RecorderTest, LaysTheCustomerLeftAndTheAgentRight) {
  for (std::int16_t i = 0; i < 12; ++i) {
    agent(i, static_cast<std::int16_t>(200 + i));
    customer(i, static_cast<std::int16_t>(100 + i));
  }
  recorder.close();
  ASSERT_EQ(tape.pcm.size(), 12u * 640);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(left(i), static_cast<int>(100 + i));
    EXPECT_EQ(right(i), static_cast<int>(200 + i));
    EXPECT_EQ(tape.pcm[i * 640 + 638], left(i));
  }
  EXPECT_EQ(recorder.length(), 12 * 320);
  EXPECT_EQ(tape.closes, 1);
}

TEST_F(RecorderTest, WritesWholeBlocksAsTheCallGoesOn) {
  for (std::int16_t i = 0; i < 50; ++i) {
    customer(i, 1);
    agent(i, 2);
  }
  EXPECT_EQ(tape.writes, 10);
  EXPECT_EQ(tape.largest, 5u * 640);
  EXPECT_EQ(recorder.length(), 50 * 320);
}

TEST_F(RecorderTest, FillsADirectionThatIsSilent) {
  for (std::int16_t i = 0; i < 100; ++i) customer(i, 7);
  EXPECT_GE(recorder.length(), 80 * 320);  // does not wait for the agent for ever
  recorder.close();
  ASSERT_EQ(tape.pcm.size(), 100u * 640);
  EXPECT_EQ(left(99), 7);
  EXPECT_EQ(right(99), 0);
}

TEST_F(RecorderTest, FillsGapsByPosition) {
  for (std::int16_t i = 0; i < 40; ++i) {
    agent(i, 2);
    if (i < 10 || i >= 20) customer(i, 1);
  }
  recorder.close();
  EXPECT_EQ(left(9), 1);
  EXPECT_EQ(left(10), 0);
  EXPECT_EQ(left(19), 0);
  EXPECT_EQ(left(20), 1);
  EXPECT_EQ(tape.pcm.size(), 40u * 640);
}

TEST_F(RecorderTest, GoesOnAtThePresentWhenADirectionHadStoodStill) {
  for (std::int16_t i = 0; i < 100; ++i) {
    if (i < 5) customer(i, 1);
    agent(i, 2);
  }
  for (std::int16_t i = 0; i < 10; ++i) {  // 1.9 s behind by its own count
    customer(static_cast<std::int16_t>(5 + i), 1);
    agent(static_cast<std::int16_t>(100 + i), 2);
  }
  recorder.close();
  ASSERT_NEAR(static_cast<double>(tape.pcm.size() / 640), 110, 1);
  EXPECT_EQ(left(4), 1);
  EXPECT_EQ(left(5), 0);
  EXPECT_EQ(left(99), 0);
  EXPECT_EQ(left(101), 1);
}

TEST_F(RecorderTest, StartsADirectionThatJoinsLaterAtThePresent) {
  for (std::int16_t i = 0; i < 200; ++i) customer(i, 1);
  for (std::int16_t i = 200; i < 240; ++i) {
    customer(i, 1);
    agent(i - 200, 2);  // an operator's leg with a time line of its own
  }
  recorder.close();
  ASSERT_NEAR(static_cast<double>(tape.pcm.size() / 640), 240, 1);
  EXPECT_EQ(right(198), 0);
  EXPECT_EQ(right(202), 2);
  EXPECT_EQ(right(238), 2);
}

TEST_F(RecorderTest, GoesOnAtThePresentWhenALegIsReplaced) {
  for (std::int16_t i = 0; i < 100; ++i) {
    agent(i, 2);
    customer(i, 1);
  }
  for (std::int16_t i = 100; i < 140; ++i) {
    customer(i, 1);
    agent(i - 100, 3);  // transferred: positions begin anew
  }
  recorder.close();
  EXPECT_EQ(right(99), 2);
  EXPECT_EQ(right(102), 3);
  EXPECT_EQ(right(138), 3);
}

TEST_F(RecorderTest, BoundsAWildPosition) {
  for (std::int16_t i = 0; i < 20; ++i) customer(i, 1);
  customer(std::int64_t{1} << 40, 5);
  customer(-(std::int64_t{1} << 40), 6);
  agent(-5, 4);
  recorder.close();
  EXPECT_LT(tape.pcm.size(), 30u * 640);
}

TEST_F(RecorderTest, IgnoresFramesAfterItWasClosed) {
  customer(0, 1);
  recorder.close();
  customer(1, 1);
  recorder.close();
  EXPECT_EQ(tape.closes, 1);
  EXPECT_EQ(tape.pcm.size(), 640u);
}

TEST(Recorder, ClosesItsSinkWhenItGoes) {
  Tape tape;
  { Recorder recorder(std::make_unique<TapeSink>(tape)); }
  EXPECT_EQ(tape.closes, 1);
}

}  // namespace
}  // namespace daedap::media
