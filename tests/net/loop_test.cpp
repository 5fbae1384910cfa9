#include "net/loop.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>
#include <vector>

#include "net/clock.hpp"
#include "net/on_loop.hpp"

namespace daedap::net {
namespace {

using test::on_loop;
using test::Watched;

TEST(Loop, RunsPostedTasksInOrderOnItsOwnThread) {
  Loop loop("test");
  loop.start();
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) loop.post([&order, i] { order.push_back(i); });
  EXPECT_TRUE(on_loop(loop, [&] { return loop.on_thread(); }));
  EXPECT_FALSE(loop.on_thread());
  ASSERT_EQ(order.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(Loop, NeverRunsAPostedTaskInsideThePost) {
  Loop loop("test");
  loop.start();
  const bool inside = on_loop(loop, [&] {
    bool ran = false;
    loop.post([&ran] { ran = true; });
    return ran;
  });
  EXPECT_FALSE(inside);
  on_loop(loop, [] {});
}

TEST(Loop, RunsDelayedTasksByTheirTimeNotTheirOrder) {
  Loop loop("test");
  loop.start();
  Watched<std::vector<int>> order;
  const base::Time start = now();
  loop.post_after(base::Millis{30}, [&] { order.change([](auto& v) { v.push_back(2); }); });
  loop.post_after(base::Millis{5}, [&] { order.change([](auto& v) { v.push_back(1); }); });
  ASSERT_TRUE(order.wait([](const auto& v) { return v.size() == 2; }));
  EXPECT_EQ(order.value(), (std::vector<int>{1, 2}));
  EXPECT_GE(now() - start, base::Millis{30});
}

TEST(Loop, TakesMoveOnlyTasksAndDropsUnrunOnesWhenItEnds) {
  auto counted = std::make_shared<int>(7);
  {
    Loop loop("test");
    loop.post([owned = std::make_unique<int>(1), counted] {});
    loop.post_after(std::chrono::hours{1}, [counted] {});
    EXPECT_EQ(counted.use_count(), 3);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(Loop, NamesTheTaskThatStalledIt) {
  Watched<std::vector<Stall>> stalls;
  Loop loop("test", [&](const Stall& s) { stalls.change([&](auto& v) { v.push_back(s); }); },
            base::Millis{2});
  loop.start();
  loop.post("quick", [] {});
  loop.post("slow", [] {
    const base::Time end = now() + base::Millis{4};
    while (now() < end) std::this_thread::yield();
  });
  ASSERT_TRUE(stalls.wait([](const auto& v) {
    return std::ranges::any_of(v, [](const Stall& s) { return s.task == std::string_view("slow"); });
  }));
  EXPECT_GE(stalls.value().back().took, base::Millis{4});
}

TEST(Loop, WakesForEachOfManyThreads) {
  Loop loop("test");
  loop.start();
  constexpr int threads = 4, each = 2000;
  Watched<int> ran;
  std::vector<std::thread> posting;
  for (int i = 0; i < threads; ++i)
    posting.emplace_back([&] {
      for (int n = 0; n < each; ++n) loop.post([&] { ran.change([](int& count) { ++count; }); });
    });
  for (auto& thread : posting) thread.join();
  EXPECT_TRUE(ran.wait([](int count) { return count == threads * each; }));
}

TEST(Loop, LetsATimerComeBetweenTasksThatKeepPosting) {
  Loop loop("test");
  loop.start();
  Watched<bool> timer;
  std::function<void()> again = [&] {
    if (!timer.value()) loop.post([&] { again(); });
  };
  loop.post([&] { again(); });
  loop.post_after(base::Millis{5}, [&] { timer.change([](bool& b) { b = true; }); });
  EXPECT_TRUE(timer.wait([](bool b) { return b; }));
  on_loop(loop, [] {});
}

TEST(Loop, RunsATimerThatWasDueBeforeItWasAsked) {
  Loop loop("test");
  loop.start();
  const base::Time past = now() - base::Millis{50};
  for (int i = 0; i < 3; ++i) {
    Watched<int> ran;
    loop.post_at(past, [&] { ran.change([](int& n) { ++n; }); });
    EXPECT_TRUE(ran.wait([](int n) { return n == 1; })) << i;
  }
}

TEST(Loop, KeepsItsPlaceAheadFromThreadsThatItStarts) {
  Loop loop("test");
  loop.set_urgency(Loop::Urgency::media);
  loop.start();
  const auto policy = [] { return ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK; };
  int own = -1, of_child = -1;
  on_loop(loop, [&] {
    own = policy();
    std::thread([&] { of_child = policy(); }).join();
  });
  EXPECT_TRUE(own == SCHED_RR || own == SCHED_OTHER) << "refused without the right";
  EXPECT_EQ(of_child, SCHED_OTHER);
}

TEST(Loop, StopsAfterTheTaskThatRuns) {
  Loop loop("test");
  Watched<int> ran;
  loop.post([&] {
    ran.change([](int& n) { ++n; });
    loop.stop();
  });
  loop.post([&] { ran.change([](int& n) { n += 10; }); });
  loop.start();
  loop.join();
  EXPECT_EQ(ran.value(), 1);
}

TEST(Loop, DropsUnrunTasksWhoseEndPostsMore) {
  auto counted = std::make_shared<int>(7);
  {
    Loop loop("test");
    struct Poster {
      ~Poster() {
        if (loop != nullptr) loop->post([held = std::move(held)] {});
      }
      Loop* loop;
      std::shared_ptr<int> held;
    };
    loop.post([poster = std::make_unique<Poster>(&loop, counted)] {});
  }
  EXPECT_EQ(counted.use_count(), 1);
}

// Streams need Asio's context; the loop goes over to it whenever that is asked for.
TEST(Loop, RunsTasksTimersAndTicksBesideAsio) {
  Loop loop("test");
  loop.start();
  Watched<int> ran;
  const auto one_more = [&] { ran.change([](int& n) { ++n; }); };
  auto ticker = on_loop(loop, [&] { return loop.every(base::Millis{1}, [&](base::Time, base::Duration) { one_more(); }); });
  ASSERT_TRUE(ran.wait([](int n) { return n >= 2; }));
  boost::asio::io_context& context = loop.context();
  EXPECT_EQ(&context, &loop.context());
  Watched<bool> by_asio, by_post, by_timer;
  const auto set = [](Watched<bool>& what) { what.change([](bool& b) { b = true; }); };
  boost::asio::post(context, [&] {
    EXPECT_TRUE(loop.on_thread());
    set(by_asio);
    loop.post([&] { set(by_post); });
    loop.post_after(base::Millis{3}, [&] { set(by_timer); });
  });
  const auto is = [](bool b) { return b; };
  EXPECT_TRUE(by_asio.wait(is));
  EXPECT_TRUE(by_post.wait(is));
  EXPECT_TRUE(by_timer.wait(is));
  const int before = ran.value();
  EXPECT_TRUE(ran.wait([before](int n) { return n >= before + 3; }));
  on_loop(loop, [&] { ticker.reset(); });
}

TEST(Loop, LetsAsioHaveItsTurnBesideTasksThatKeepPosting) {
  Loop loop("test");
  boost::asio::io_context& context = loop.context();
  loop.start();
  Watched<bool> turn;
  std::function<void()> again = [&] {
    if (!turn.value()) loop.post([&] { again(); });
  };
  loop.post([&] { again(); });
  boost::asio::post(context, [&] { turn.change([](bool& b) { b = true; }); });
  EXPECT_TRUE(turn.wait([](bool b) { return b; }));
  on_loop(loop, [] {});
}

TEST(TickGrid, KeepsItsGridWhenATickIsLate) {
  const base::Time start{std::chrono::seconds{1}};
  TickGrid grid(start, base::Millis{5});
  base::Duration late{};
  EXPECT_FALSE(grid.take(start + base::Millis{4}, late));
  EXPECT_TRUE(grid.take(start + base::Millis{8}, late));
  EXPECT_EQ(late, base::Millis{3});
  EXPECT_EQ(grid.next(), start + base::Millis{10});
  EXPECT_EQ(grid.lateness().worst, base::Millis{3});
}

TEST(TickGrid, MakesUpForEachMissedTick) {
  const base::Time start{};
  TickGrid grid(start, base::Millis{5});
  base::Duration late{};
  int taken = 0;
  while (grid.take(start + base::Millis{52}, late)) ++taken;
  EXPECT_EQ(taken, 10);
  EXPECT_EQ(grid.lateness().skipped, 0U);
}

TEST(TickGrid, SkipsAfterALongStandstillButStaysOnItsGrid) {
  const base::Time start{};
  TickGrid grid(start, base::Millis{5});
  base::Duration late{};
  int taken = 0;
  while (grid.take(start + base::Millis{1003}, late)) ++taken;
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(grid.lateness().skipped, 199U);
  EXPECT_EQ(grid.next(), start + base::Millis{1005});
}

TEST(Ticker, TicksWithoutDrift) {
  Loop loop("test");
  loop.start();
  Watched<std::vector<base::Time>> due;
  auto ticker = on_loop(loop, [&] {
    return loop.every(base::Millis{5}, [&](base::Time time, base::Duration late) {
      due.change([&](auto& v) { v.push_back(time - late); });
    });
  });
  ASSERT_TRUE(due.wait([](const auto& v) { return v.size() >= 20; }));
  on_loop(loop, [&] { ticker.reset(); });
  const auto times = due.value();
  for (std::size_t i = 1; i < times.size(); ++i)
    EXPECT_EQ((times[i] - times[0]) % base::Millis{5}, base::Duration{}) << i;
}

TEST(Ticker, CanBeDestroyedByItsOwnTick) {
  Loop loop("test");
  loop.start();
  std::unique_ptr<Ticker> ticker;
  Watched<int> ticks;
  on_loop(loop, [&] {
    ticker = loop.every(base::Millis{1}, [&](base::Time, base::Duration) {
      ticker.reset();
      ticks.change([](int& n) { ++n; });
    });
  });
  ASSERT_TRUE(ticks.wait([](int n) { return n == 1; }));
  on_loop(loop, [] {});
  EXPECT_EQ(ticks.value(), 1);
}

}  // namespace
}  // namespace daedap::net
