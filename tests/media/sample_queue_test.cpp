#include "media/sample_queue.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "base/random.hpp"

namespace daedap::media {
namespace {

TEST(SampleQueue, GivesBackWhatItWasGivenWhateverThePieces) {
  SampleQueue queue(100'000);
  base::Random random(base::seeded(3));
  std::int16_t in = 0, out = 0;
  std::size_t waiting = 0;
  for (int i = 0; i < 5000; ++i) {
    std::vector<std::int16_t> pcm(random.u32() % 700);
    for (auto& s : pcm) s = in++;
    ASSERT_TRUE(queue.push(pcm));
    waiting += pcm.size();
    std::vector<std::int16_t> taken(random.u32() % 750);
    const std::size_t n = queue.take(taken);
    ASSERT_EQ(n, std::min(waiting, taken.size()));
    for (std::size_t k = 0; k < n; ++k) ASSERT_EQ(taken[k], out++);
    waiting -= n;
    ASSERT_EQ(queue.size(), waiting);
  }
}

TEST(SampleQueue, RefusesWhatDoesNotFitWhole) {
  SampleQueue queue(1000);
  EXPECT_TRUE(queue.push(std::vector<std::int16_t>(900, 1)));
  EXPECT_FALSE(queue.push(std::vector<std::int16_t>(101, 2)));
  EXPECT_EQ(queue.size(), 900u);
  EXPECT_TRUE(queue.push(std::vector<std::int16_t>(100, 3)));
  EXPECT_FALSE(queue.push(std::vector<std::int16_t>(1, 4)));
  EXPECT_TRUE(queue.push({}));
}

TEST(SampleQueue, IsEmptyAfterClear) {
  SampleQueue queue(1'000'000);
  queue.push(std::vector<std::int16_t>(500'000, 1));
  queue.clear();
  std::int16_t one = 9;
  EXPECT_EQ(queue.take(std::span(&one, 1)), 0u);
  EXPECT_EQ(one, 9);
  EXPECT_TRUE(queue.push(std::vector<std::int16_t>{7}));
  EXPECT_EQ(queue.take(std::span(&one, 1)), 1u);
  EXPECT_EQ(one, 7);
}

TEST(SampleQueue, TakesEmptyInput) {
  SampleQueue queue(10);
  EXPECT_TRUE(queue.push({}));
  EXPECT_EQ(queue.take({}), 0u);
}

}  // namespace
}  // namespace daedap::media
