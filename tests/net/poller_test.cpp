#include "net/poller.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <functional>
#include <vector>

namespace daedap::net {
namespace {

constexpr base::Time at{std::chrono::seconds{7}};

// A descriptor that is readable from `ring` to `calm`.
class Bell final : public Poller::Reader {
 public:
  explicit Bell(Poller& poller, Poller::Trigger trigger = Poller::Trigger::level)
      : poller_(poller), fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), key(poller.add(fd_, *this, trigger)) {}
  ~Bell() { close(); }
  void ring() const { EXPECT_EQ(::eventfd_write(fd_, 1), 0); }
  void calm() const {
    eventfd_t value = 0;
    EXPECT_EQ(::eventfd_read(fd_, &value), 0);
  }
  void close() {
    if (fd_ < 0) return;
    poller_.remove(key);
    ::close(fd_);
    fd_ = -1;
  }
  void on_readable(base::Time now) override {
    EXPECT_EQ(now, at);
    ++heard;
    if (then) then();
  }
  int heard = 0;
  std::function<void()> then;

 private:
  Poller& poller_;
  int fd_;

 public:
  Poller::Key key;
};

std::size_t turn(Poller& poller) {
  const std::size_t ready = poller.wait(false);
  poller.dispatch(at);
  return ready;
}

TEST(Poller, TellsThoseAloneThatHaveSomething) {
  Poller poller;
  Bell a(poller), b(poller);
  EXPECT_EQ(turn(poller), 0U);
  b.ring();
  EXPECT_EQ(turn(poller), 1U);
  EXPECT_EQ(a.heard, 0);
  EXPECT_EQ(b.heard, 1);
}

TEST(Poller, TellsAgainWhileSomethingIsLeft) {
  Poller poller;
  Bell level(poller), edge(poller, Poller::Trigger::edge);
  level.ring();
  edge.ring();
  turn(poller);
  turn(poller);
  EXPECT_EQ(level.heard, 2);
  EXPECT_EQ(edge.heard, 1) << "once for what came";
  level.calm();
  edge.ring();
  turn(poller);
  EXPECT_EQ(level.heard, 2);
  EXPECT_EQ(edge.heard, 2) << "though nobody has read the first";
}

TEST(Poller, DoesNotTellOneThatAnotherRemoved) {
  Poller poller;
  Bell a(poller), b(poller);
  a.then = [&] { b.close(); };
  b.then = [&] { a.close(); };
  a.ring();
  b.ring();
  EXPECT_EQ(turn(poller), 2U);
  EXPECT_EQ(a.heard + b.heard, 1);
}

TEST(Poller, DoesNotTakeANewcomerForWhoHadItsPlace) {
  Poller poller;
  Bell a(poller), b(poller);
  std::vector<std::unique_ptr<Bell>> fresh;
  const auto replace = [&](Bell& other) {
    other.close();
    fresh.push_back(std::make_unique<Bell>(poller));
  };
  a.then = [&] { replace(b); };
  b.then = [&] { replace(a); };
  a.ring();
  b.ring();
  turn(poller);
  ASSERT_EQ(fresh.size(), 1U);
  EXPECT_EQ(fresh[0]->heard, 0);
  EXPECT_NE(fresh[0]->key, a.key);
  EXPECT_NE(fresh[0]->key, b.key);
}

TEST(Poller, GivesEachOfManyItsTurn) {
  Poller poller;
  std::vector<std::unique_ptr<Bell>> bells;
  for (std::size_t i = 0; i < 3 * Poller::most_events; ++i) bells.push_back(std::make_unique<Bell>(poller));
  for (const auto& bell : bells) bell->ring();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(turn(poller), Poller::most_events);
  for (const auto& bell : bells) EXPECT_EQ(bell->heard, 1);
}

TEST(Poller, SaysWhenTheSystemRefuses) {
  Poller poller;
  Bell bell(poller);
  EXPECT_EQ(poller.add(-1, bell), Poller::no_key);
  poller.remove(Poller::no_key);
  bell.ring();
  EXPECT_EQ(turn(poller), 1U);
}

}  // namespace
}  // namespace daedap::net
