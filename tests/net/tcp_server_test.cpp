#include "net/tcp_server.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "net/loop.hpp"
#include "net/on_loop.hpp"
#include "net/raw_client.hpp"
#include "net/tcp_server_bench.hpp"

namespace daedap::net {
namespace {

using test::loopback;
using test::on_loop;
using test::RawClient;
using test::Watched;

class TcpServerTest : public test::TcpServerBench {
 protected:
  void start(TcpLimits limits = {}) {
    make(limits);
    address = *server->listen(loopback());
    loop.start();
  }
};

TEST_F(TcpServerTest, CarriesBytesBothWaysAndTellsWhenThePeerCloses) {
  echo = true;
  start();
  RawClient client(address);
  ASSERT_TRUE(client.send("hello"));
  while (client.pending().size() < 5 && client.read_some()) {
  }
  EXPECT_EQ(client.pending(), "hello");
  client.close();
  EXPECT_TRUE(ends_as(1, TcpEnd::closed_by_peer));
  EXPECT_EQ(on_loop(loop, [&] { return server->figures().open; }), 0U);
}

TEST_F(TcpServerTest, ConnectsAndDeliversWhatWasSentBeforeItWasOpen) {
  echo = true;
  start();
  const ConnectionId id = on_loop(loop, [&] {
    const auto connection = *server->connect(address);
    server->send(connection, "early");
    return connection;
  });
  EXPECT_TRUE(seen.wait([&](const Seen& s) { return s.bytes.contains(id) && s.bytes.at(id).starts_with("early"); }));
}

TEST_F(TcpServerTest, TellsOfAFailedConnectOnce) {
  start();
  base::Address nobody;
  {
    Loop other("other");
    TcpServer gone(other, {}, {});
    nobody = *gone.listen(loopback());
  }
  const ConnectionId id = on_loop(loop, [&] { return *server->connect(nobody); });
  EXPECT_TRUE(ends_as(id, TcpEnd::failed));
  EXPECT_FALSE(seen.value().bytes.contains(id));
  EXPECT_FALSE(on_loop(loop, [&] { return server->send(id, "x"); }));
}

TEST_F(TcpServerTest, ClosesAfterWhatIsQueuedWasWritten) {
  start();
  RawClient client(address);
  ASSERT_TRUE(opens(1));
  on_loop(loop, [&] {
    server->send(1, std::string(200'000, 'a'));
    server->close(1);
  });
  EXPECT_EQ(client.read_all().size(), 200'000U);
  EXPECT_TRUE(ends_as(1, TcpEnd::closed_by_us));
}

TEST_F(TcpServerTest, CutsOffAPeerThatDoesNotRead) {
  start();
  RawClient client(address, 4096);
  ASSERT_TRUE(opens(1));
  bool alive = true;
  for (int i = 0; i < 200 && alive; ++i)
    alive = on_loop(loop, [&] { return server->send(1, std::string(100'000, 'a')); });
  EXPECT_FALSE(alive);
  EXPECT_TRUE(ends_as(1, TcpEnd::slow_reader));
}

TEST_F(TcpServerTest, ClosesAnIdleConnection) {
  TcpLimits limits;
  limits.idle = base::Millis{40};
  start(limits);
  RawClient client(address);
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(ends_as(1, TcpEnd::idle));
}

TEST_F(TcpServerTest, KeepsAConnectionWhosePeerSendsKeepAlives) {
  TcpLimits limits;
  limits.idle = base::Millis{400};
  start(limits);
  RawClient client(address);
  const std::function<void()> ping = [&] {
    if (seen.value().bytes[1].size() >= 40) return;
    client.send("\r\n");
    loop.post_after(base::Millis{50}, [&] { ping(); });
  };
  loop.post(ping);
  EXPECT_TRUE(seen.wait([](const Seen& s) { return s.bytes.contains(1) && s.bytes.at(1).size() >= 40; }));
  EXPECT_TRUE(seen.value().ended.empty());
}

TEST_F(TcpServerTest, TurnsAwayWhatIsOverTheLimitOfOneSource) {
  TcpLimits limits;
  limits.per_source = 2;
  start(limits);
  RawClient a(address), b(address);
  ASSERT_TRUE(opens(2));
  RawClient c(address);
  EXPECT_EQ(c.read_all(), "");
  EXPECT_EQ(on_loop(loop, [&] { return server->figures().turned_away; }), 1U);
  a.close();
  ASSERT_TRUE(ends_as(1, TcpEnd::closed_by_peer));
  RawClient d(address);
  EXPECT_TRUE(opens(3));
}

TEST_F(TcpServerTest, SaysNoPortWhenTheAddressIsTaken) {
  start();
  const auto again = on_loop(loop, [&] { return server->listen(address); });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::Code::no_port);
}

TEST_F(TcpServerTest, MayBeDestroyedWithOpenConnections) {
  start();
  RawClient client(address);
  ASSERT_TRUE(opens(1));
  on_loop(loop, [&] {
    server->close(1);
    server.reset();
  });
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(seen.value().ended.empty());
}

}  // namespace
}  // namespace daedap::net
