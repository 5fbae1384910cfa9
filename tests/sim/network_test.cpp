#include "sim/network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace daedap::sim {
namespace {

using base::Millis;

struct NetworkTest : ::testing::Test {
  NetworkTest() {
    to_b = open(b);
    from_a = std::move(network.open(a, {}).value());
  }
  std::unique_ptr<base::UdpSocket> open(const base::Address& at) {
    return std::move(network.open(at, [this](auto bytes, const auto&, base::Time now) {
      got.push_back(bytes[0]);
      last = now;
    }).value());
  }
  void send(int n) {
    for (int i = 0; i < n; ++i) {
      const std::array<std::uint8_t, 1> byte{static_cast<std::uint8_t>(i)};
      EXPECT_TRUE(from_a->send(byte, b));
    }
  }
  World world;
  Network network{world, 42};
  base::Address a = *base::Address::parse("192.0.2.1:1000"), b = *base::Address::parse("192.0.2.2:2000");
  std::vector<int> got;
  base::Time last{};
  std::unique_ptr<base::UdpSocket> to_b, from_a;
};

TEST_F(NetworkTest, DeliversAfterTheDelay) {
  network.set_conditions({.delay = Millis(30)});
  const base::Time begin = world.now();
  send(1);
  world.run_for(Millis(29));
  EXPECT_TRUE(got.empty());
  world.run_for(Millis(1));
  EXPECT_EQ(got.size(), 1U);
  EXPECT_EQ(last - begin, Millis(30));
}

TEST_F(NetworkTest, LosesTheStatedShareOnThatPathOnly) {
  network.set_conditions(a, b, {.loss = 0.3});
  send(1000);
  world.run_for(Millis(100));
  EXPECT_NEAR(static_cast<double>(got.size()), 700, 60);
  auto other = open(a.with_port(3000));
  got.clear();
  for (int i = 0; i < 100; ++i) to_b->send(std::array<std::uint8_t, 1>{1}, a.with_port(3000));
  world.run_for(Millis(100));
  EXPECT_EQ(got.size(), 100U);
}

TEST_F(NetworkTest, DuplicatesAndReorders) {
  network.set_conditions({.duplicate = 0.5});
  send(200);
  world.run_for(Millis(100));
  EXPECT_NEAR(static_cast<double>(got.size()), 300, 40);
  got.clear();
  network.set_conditions({.reorder = 0.5});
  send(50);
  world.run_for(Millis(100));
  EXPECT_EQ(got.size(), 50U);
  EXPECT_FALSE(std::is_sorted(got.begin(), got.end()));
}

TEST_F(NetworkTest, SameSeedSameFate) {
  const auto fate = [this](std::uint64_t seed) {
    Network other(world, seed);
    int arrived = 0;
    auto in = std::move(other.open(b, [&](auto, const auto&, base::Time) { ++arrived; }).value());
    auto out = std::move(other.open(a, {}).value());
    other.set_conditions({.loss = 0.5});
    for (int i = 0; i < 500; ++i) out->send(std::array<std::uint8_t, 1>{1}, b);
    world.run_for(Millis(50));
    return arrived;
  };
  EXPECT_EQ(fate(7), fate(7));
  EXPECT_NE(fate(7), fate(8));
}

TEST_F(NetworkTest, AddressIsTakenByUsOrByOthers) {
  EXPECT_EQ(network.open(b, {}).error().code, base::Code::no_port);
  network.hold(b.with_port(4000));
  EXPECT_EQ(network.open(b.with_port(4000), {}).error().code, base::Code::no_port);
  network.let_go(b.with_port(4000));
  EXPECT_TRUE(network.open(b.with_port(4000), {}));
  EXPECT_EQ(network.open_sockets(), 2U);
}

TEST_F(NetworkTest, ClosedSocketLosesWhatIsUnderWay) {
  send(1);
  to_b.reset();
  world.run_for(Millis(100));
  EXPECT_TRUE(got.empty());
}

TEST_F(NetworkTest, OutageSwallowsEverything) {
  network.set_outage(b, world.now(), world.now() + Millis(100));
  send(5);
  world.run_for(Millis(100));
  EXPECT_TRUE(got.empty());
  send(5);
  world.run_for(Millis(100));
  EXPECT_EQ(got.size(), 5U);
}

TEST_F(NetworkTest, NthSendAndOpenFailOnce) {
  network.fail_send(2);
  const std::array<std::uint8_t, 1> byte{1};
  EXPECT_TRUE(from_a->send(byte, b));
  EXPECT_FALSE(from_a->send(byte, b));
  EXPECT_TRUE(from_a->send(byte, b));
  network.fail_open(1);
  EXPECT_EQ(network.open(a.with_port(1), {}).error().code, base::Code::io);
  EXPECT_TRUE(network.open(a.with_port(1), {}));
}

TEST_F(NetworkTest, InjectedDatagramsArriveAtOnceAndTapSeesWhatIsSent) {
  int seen = 0;
  network.set_tap([&](const auto&, const auto& to, auto) { seen += to == b; });
  network.inject(a, b, {9});
  world.run_for(Millis(0));
  EXPECT_EQ(got, std::vector<int>{9});
  EXPECT_EQ(seen, 0);
  send(2);
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace daedap::sim
