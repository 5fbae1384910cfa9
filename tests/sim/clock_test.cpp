#include "sim/clock.hpp"

#include <gtest/gtest.h>

#include <string>

namespace daedap::sim {
namespace {

using base::Millis;

TEST(World, RunsTasksInTheOrderOfTimeAndOfPosting) {
  World world;
  std::string order;
  world.post_after(Millis(20), [&] { order += 'c'; });
  world.post_after(Millis(10), [&] { order += 'a'; });
  world.post_after(Millis(10), [&] { order += 'b'; });
  world.run_for(Millis(20));
  EXPECT_EQ(order, "abc");
}

TEST(World, TimeJumpsToTheTaskAndThenToTheEnd) {
  World world;
  const base::Time begin = world.now();
  base::Time seen{};
  world.post_after(Millis(7), [&] { seen = world.now(); });
  world.run_for(Millis(50));
  EXPECT_EQ(seen - begin, Millis(7));
  EXPECT_EQ(world.now() - begin, Millis(50));
  EXPECT_EQ(world.clock()(), world.now());
}

TEST(World, PostNeverRunsInsideTheCall) {
  World world;
  bool ran = false;
  world.post([&] { ran = true; });
  EXPECT_FALSE(ran);
  world.run_for(Millis(0));
  EXPECT_TRUE(ran);
}

TEST(World, WhatIsPostedInThePastRunsNow) {
  World world;
  const base::Time begin = world.now();
  world.at(begin - Millis(5), [&] { EXPECT_EQ(world.now(), begin); });
  world.run_for(Millis(1));
}

TEST(World, EveryGoesOnUntilItIsToldToStop) {
  World world;
  int times = 0;
  world.every(Millis(5), [&] { return ++times < 4; });
  world.run_for(Millis(100));
  EXPECT_EQ(times, 4);
}

TEST(World, RunUntilStopsWhenItIsDoneOrTheLimitHasPassed) {
  World world;
  const base::Time begin = world.now();
  int times = 0;
  world.every(Millis(5), [&] { ++times; return true; });
  EXPECT_TRUE(world.run_until([&] { return times == 3; }, Millis(100)));
  EXPECT_EQ(world.now() - begin, Millis(15));
  EXPECT_FALSE(world.run_until([] { return false; }, Millis(10)));
  EXPECT_EQ(world.now() - begin, Millis(25));
}

}  // namespace
}  // namespace daedap::sim
