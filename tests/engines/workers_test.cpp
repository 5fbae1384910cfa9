#include "engines/workers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <latch>
#include <semaphore>

#include "engines/admission.hpp"
#include "engines/home_sink.hpp"
#include "home_loop.hpp"

namespace daedap::engines {
namespace {

TEST(Workers, RunJobsInTheOrderTheyWerePosted) {
  Workers workers({.threads = 1});
  std::vector<int> order;
  std::latch done(1);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(workers.post([&order, i] { order.push_back(i); }));
  ASSERT_TRUE(workers.post([&done] { done.count_down(); }));
  done.wait();
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(Workers, RefuseJobsOverTheQueueLimitAndCountThem) {
  Workers workers({.threads = 1, .max_queued = 2});
  std::latch started(1), go(1);
  ASSERT_TRUE(workers.post([&] { started.count_down(), go.wait(); }));
  started.wait();
  EXPECT_TRUE(workers.post([] {}));
  EXPECT_TRUE(workers.post([] {}));
  const auto refused = workers.post([] {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::engine_full);
  EXPECT_EQ(workers.figures().refused, 1u);
  EXPECT_EQ(workers.figures().queued, 2u);
  EXPECT_EQ(workers.figures().running, 1u);
  go.count_down();
}

TEST(Workers, StopLetsTheRunningJobEndAndDropsTheRest) {
  Workers workers({.threads = 1});
  std::atomic<bool> first = false, second = false;
  std::latch started(1);
  std::binary_semaphore go(0);
  ASSERT_TRUE(workers.post([&] { started.count_down(), go.acquire(), first = true; }));
  ASSERT_TRUE(workers.post([&] { second = true; }));
  started.wait();
  std::thread releaser([&] {
    while (workers.figures().queued != 0) std::this_thread::yield();
    go.release();
  });
  workers.stop();
  releaser.join();
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
  const auto late = workers.post([] {});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, base::Code::engine_not_ready);
}

TEST(Workers, MeasureHowLongJobsWaited) {
  Workers workers({.threads = 1});
  std::latch done(1), posted(1);
  ASSERT_TRUE(workers.post([&posted] {
    posted.wait();
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(3);
    while (std::chrono::steady_clock::now() < until) {
    }
  }));
  ASSERT_TRUE(workers.post([&done] { done.count_down(); }));
  posted.count_down();
  done.wait();
  workers.stop();
  EXPECT_EQ(workers.figures().done, 2u);
  EXPECT_GE(workers.figures().wait_us_max, 2000u);
  EXPECT_GE(workers.figures().wait_us_total, workers.figures().wait_us_max);
}

class Counting final : public Strand {
 public:
  Counting(Workers& workers, std::function<void(Counting&)> body)
      : Strand(workers), body_(std::move(body)) {}
  std::atomic<int> inside{0}, runs{0};
  std::atomic<bool> overlapped{false};

 private:
  void run() override {
    if (++inside != 1) overlapped = true;
    body_(*this);
    ++runs;
    --inside;
  }
  std::function<void(Counting&)> body_;
};

TEST(Strand, NeverRunsTwiceAtOnceAndMissesNoWake) {
  Workers workers({.threads = 4});
  std::atomic<int> mail{0}, taken{0};
  auto strand = std::make_shared<Counting>(workers, [&](Counting&) { taken += mail.exchange(0); });
  std::vector<std::thread> wakers;
  for (int t = 0; t < 4; ++t) {
    wakers.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) ++mail, strand->wake();
    });
  }
  for (auto& waker : wakers) waker.join();
  while (taken != 8000) std::this_thread::yield();
  EXPECT_FALSE(strand->overlapped);
  EXPECT_LE(strand->runs, 8001);
}

TEST(Strand, WakeWhileRunningRunsOnceMore) {
  Workers workers({.threads = 2});
  std::latch inside(1);
  std::binary_semaphore go(0);
  auto strand = std::make_shared<Counting>(workers, [&](Counting& self) {
    if (self.runs == 0) inside.count_down(), go.acquire();
  });
  strand->wake();
  inside.wait();
  for (int i = 0; i < 10; ++i) strand->wake();  // coalesce
  go.release();
  while (strand->runs < 2 || workers.figures().queued + workers.figures().running != 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(strand->runs, 2);
}

TEST(Strand, OutlivesItsOwnerWhileItRuns) {
  Workers workers({.threads = 1});
  std::latch inside(1);
  std::binary_semaphore go(0);
  std::atomic<bool> done = false;
  auto strand = std::make_shared<Counting>(workers, [&](Counting& self) {
    inside.count_down();
    go.acquire();
    done = self.inside == 1;
  });
  strand->wake();
  inside.wait();
  strand.reset();
  go.release();
  while (!done) std::this_thread::yield();
  workers.stop();
  SUCCEED();
}

TEST(Strand, ManyStreamsComeAndGoWhileWorkersRun) {
  Workers workers({.threads = 3});
  std::atomic<int> runs{0};
  for (int i = 0; i < 3000; ++i) {
    auto strand = std::make_shared<Counting>(workers, [&](Counting&) { ++runs; });
    strand->wake();
    if (i % 3 == 0) strand->wake();
  }
  while (runs < 3000) std::this_thread::yield();
  workers.stop();
  EXPECT_FALSE(std::make_shared<Counting>(workers, [](Counting&) {})->wake());
}

TEST(Admission, SaysNoOverTheLimitAndTakesPlacesBack) {
  Admission admission(2);
  auto a = admission.admit();
  auto b = admission.admit();
  EXPECT_TRUE(a && b);
  EXPECT_FALSE(admission.admit());
  EXPECT_EQ(admission.refused(), 1u);
  a.reset();
  auto moved = std::move(*b);
  EXPECT_EQ(admission.in_use(), 1u);
  EXPECT_TRUE(admission.admit());
}

TEST(HomeSink, DeliversOnTheLoopAndNeverAfterItsOwnerWasDestroyed) {
  HomeLoop home;
  int heard = 0;
  auto sink = std::make_unique<HomeSink<int>>(home, [&](int value) { heard += value; });
  auto door = sink->door([raw = sink.get()](int value) { raw->deliver(value); });
  std::thread([&] { door(1); }).join();
  EXPECT_EQ(heard, 0);
  home.drain();
  EXPECT_EQ(heard, 1);
  door(10);
  sink.reset();
  home.drain();
  EXPECT_EQ(heard, 1);
}

TEST(HomeSink, MayBeDestroyedByTheSinkItself) {
  HomeLoop home;
  std::unique_ptr<HomeSink<int>> sink;
  int heard = 0;
  sink = std::make_unique<HomeSink<int>>(home, [&](int value) {
    heard += value;
    sink.reset();
    heard += value;  // the closure must still be there
  });
  auto door = sink->door([raw = sink.get()](int value) { raw->deliver(value); });
  door(1), door(1);
  home.drain();
  EXPECT_EQ(heard, 2);
}

}  // namespace
}  // namespace daedap::engines
