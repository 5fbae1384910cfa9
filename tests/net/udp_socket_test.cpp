#include "net/udp_socket.hpp"

#include <gtest/gtest.h>

#include <string>
#include <algorithm>
#include <vector>

#include "net/loop.hpp"
#include "net/on_loop.hpp"

namespace daedap::net {
namespace {

using test::loopback;
using test::on_loop;
using test::Watched;
using Datagrams = std::vector<std::string>;

std::span<const std::uint8_t> bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string text(std::span<const std::uint8_t> b) { return {b.begin(), b.end()}; }

// A socket that dies on its loop, wherever the test lets go of it.
class Owned {
 public:
  Owned() = default;
  Owned(Loop& loop, std::unique_ptr<base::UdpSocket> socket) : loop_(&loop), socket_(std::move(socket)) {}
  Owned(Owned&&) = default;
  Owned& operator=(Owned&&) = default;
  ~Owned() { reset(); }
  void reset() {
    if (!socket_) return;
    if (loop_->on_thread()) return socket_.reset();
    on_loop(*loop_, [this] { socket_.reset(); });
  }
  base::UdpSocket& operator*() const { return *socket_; }
  base::UdpSocket* operator->() const { return socket_.get(); }

 private:
  Loop* loop_ = nullptr;
  std::unique_ptr<base::UdpSocket> socket_;
};

class UdpSocketTest : public testing::Test {
 protected:
  ~UdpSocketTest() override {
    loop.stop();
    loop.join();
  }
  Owned open(base::UdpSocket::Receive receive = [](auto, auto&, auto) {}) {
    return {loop, on_loop(loop, [&] { return std::move(*opener.open(loopback(), std::move(receive))); })};
  }
  bool send(base::UdpSocket& from, const std::string& what, const base::Address& to) {
    return on_loop(loop, [&] { return from.send(bytes(what), to); });
  }

  Loop loop{"test"};
  UdpOpener opener{loop};
  bool started = (loop.start(), true);
};

TEST_F(UdpSocketTest, CarriesDatagramsBothWays) {
  Watched<Datagrams> at_b, at_a;
  auto a = open([&](auto b, auto&, auto) { at_a.change([&](auto& v) { v.push_back(text(b)); }); });
  Owned b;
  b = open([&](auto what, const base::Address& from, auto) {
    at_b.change([&](auto& v) { v.push_back(text(what)); });
    b->send(bytes("back"), from);
  });
  EXPECT_TRUE(send(*a, "there", b->local()));
  EXPECT_TRUE(at_b.wait([](auto& v) { return v == Datagrams{"there"}; }));
  EXPECT_TRUE(at_a.wait([](auto& v) { return v == Datagrams{"back"}; }));
}

TEST_F(UdpSocketTest, KeepsTheOrderOfABurstLongerThanOneWakeUp) {
  Watched<Datagrams> got;
  auto a = open();
  auto b = open([&](auto what, auto&, auto) { got.change([&](auto& v) { v.push_back(text(what)); }); });
  on_loop(loop, [&] {
    for (int i = 100; i < 300; ++i) a->send(bytes(std::to_string(i)), b->local());
  });
  ASSERT_TRUE(got.wait([](auto& v) { return v.size() == 200; }));
  EXPECT_TRUE(std::ranges::is_sorted(got.value()));
}

TEST_F(UdpSocketTest, LetsTasksRunBetweenTheDatagramsOfAFlood) {
  Watched<int> got;
  auto a = open();
  Owned b;
  b = open([&](auto what, const base::Address&, auto) {
    got.change([](int& n) { ++n; });
    if (got.value() < 20'000) a->send(what, b->local());
  });
  on_loop(loop, [&] {
    for (int i = 0; i < 64; ++i) a->send(bytes("flood"), b->local());
  });
  on_loop(loop, [] {});
  EXPECT_LT(got.value(), 20'000);
  ASSERT_TRUE(got.wait([](int n) { return n >= 20'000; }));
}

TEST_F(UdpSocketTest, ReceivesOnALoopWithStreamsToo) {
  loop.context();
  Watched<Datagrams> got;
  auto a = open();
  auto b = open([&](auto what, auto&, auto) { got.change([&](auto& v) { v.push_back(text(what)); }); });
  for (int i = 0; i < 50; ++i) {
    send(*a, "x", b->local());
    ASSERT_TRUE(got.wait([i](auto& v) { return v.size() == static_cast<std::size_t>(i) + 1; })) << i;
  }
}

TEST_F(UdpSocketTest, SaysNoPortWhenTheAddressIsTaken) {
  auto a = open();
  const auto again = on_loop(loop, [&] { return opener.open(a->local(), [](auto, auto&, auto) {}); });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::Code::no_port);
}

TEST_F(UdpSocketTest, SaysIoWhenTheAddressIsNotOurs) {
  const auto local = *base::Address::parse("192.0.2.1:0");
  const auto result = on_loop(loop, [&] { return opener.open(local, [](auto, auto&, auto) {}); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::io);
}

TEST_F(UdpSocketTest, SurvivesSendingToAClosedPort) {
  auto a = open();
  auto b = open();
  const base::Address nobody = b->local();
  on_loop(loop, [&] { b.reset(); });
  for (int i = 0; i < 5; ++i) send(*a, "x", nobody);
  Watched<Datagrams> got;
  auto c = open([&](auto what, auto&, auto) { got.change([&](auto& v) { v.push_back(text(what)); }); });
  EXPECT_TRUE(send(*a, "still alive", c->local()));
  EXPECT_TRUE(got.wait([](auto& v) { return v.size() == 1; }));
}

TEST_F(UdpSocketTest, CountsADatagramThatTheSystemRefuses) {
  auto a = open();
  EXPECT_FALSE(send(*a, std::string(70000, 'x'), a->local()));
  EXPECT_EQ(on_loop(loop, [&] { return opener.figures().send_failures; }), 1U);
}

TEST_F(UdpSocketTest, MayBeDestroyedInItsOwnCallback) {
  Watched<int> calls;
  auto a = open();
  Owned b;
  std::string captured = "captured state outlives the call";
  b = open([&b, &calls, captured](auto, auto&, auto) {
    b.reset();
    EXPECT_EQ(captured.size(), 32U);
    calls.change([](int& n) { ++n; });
  });
  const auto to = b->local();
  on_loop(loop, [&] {
    a->send(bytes("1"), to);
    a->send(bytes("2"), to);
  });
  ASSERT_TRUE(calls.wait([](int n) { return n == 1; }));
  on_loop(loop, [] {});
  EXPECT_EQ(calls.value(), 1);
}

TEST_F(UdpSocketTest, DoesNotCallASocketThatAnotherOnesCallbackClosed) {
  Watched<int> calls;
  auto a = open();
  Owned b, c;
  b = open([&](auto, auto&, auto) { c.reset(); calls.change([](int& n) { ++n; }); });
  c = open([&](auto, auto&, auto) { b.reset(); calls.change([](int& n) { ++n; }); });
  const auto to_b = b->local(), to_c = c->local();
  on_loop(loop, [&] {
    a->send(bytes("x"), to_b);
    a->send(bytes("x"), to_c);
  });
  ASSERT_TRUE(calls.wait([](int n) { return n >= 1; }));
  on_loop(loop, [] {});
  EXPECT_EQ(calls.value(), 1);
}

TEST_F(UdpSocketTest, WorksOverIpv6) {
  Watched<Datagrams> got;
  const auto local = *base::Address::parse("[::1]:0");
  auto receive = [&](auto what, auto&, auto) { got.change([&](auto& v) { v.push_back(text(what)); }); };
  auto a = on_loop(loop, [&] { return opener.open(local, receive); });
  if (!a) GTEST_SKIP() << "no IPv6 here: " << a.error().message();
  const Owned socket(loop, std::move(*a));
  EXPECT_TRUE(send(*socket, "six", socket->local()));
  EXPECT_TRUE(got.wait([](auto& v) { return v == Datagrams{"six"}; }));
}

}  // namespace
}  // namespace daedap::net
