#include "net/resolver.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>

#include "net/dns_server.hpp"
#include "net/loop.hpp"
#include "net/on_loop.hpp"

namespace daedap::net {
namespace {

using Found = base::Result<std::vector<base::Address>>;
using Transport = Resolver::Transport;

/// A name server made of two tables; counts what it is asked.
struct Tables {
  std::map<std::string, SrvAnswer> srv;
  std::map<std::string, AddressAnswer> hosts;
  std::atomic<int> asked{0};
  std::shared_future<void> gate;  // when set, each question waits for it

  DnsQueries queries() {
    return {[this](const std::string& name) -> base::Result<SrvAnswer> {
              ++asked;
              if (gate.valid()) gate.wait();
              if (const auto at = srv.find(name); at != srv.end()) return at->second;
              return base::fail(base::Code::not_found, "no SRV");
            },
            [this](const std::string& name) -> base::Result<AddressAnswer> {
              ++asked;
              if (gate.valid()) gate.wait();
              if (const auto at = hosts.find(name); at != hosts.end()) return at->second;
              return base::fail(base::Code::not_found, "no host");
            }};
  }
  void host(const std::string& name, std::initializer_list<const char*> ips, int ttl = 60) {
    AddressAnswer a{{}, std::chrono::seconds{ttl}};
    for (const char* ip : ips) a.addresses.push_back(*base::Address::parse_ip(ip));
    hosts[name] = a;
  }
};

class ResolverTest : public testing::Test {
 protected:
  void start(Resolver::Limits limits = {}) { start(tables.queries(), limits); }
  void start(DnsQueries queries, Resolver::Limits limits = {}) {
    resolver = std::make_unique<Resolver>(loop, base::seeded(3), std::move(queries), limits);
    loop.start();
  }
  ~ResolverTest() override {
    loop.stop();
    loop.join();
  }
  std::future<Found> ask(const std::string& host, std::uint16_t port, Transport transport) {
    auto promise = std::make_shared<std::promise<Found>>();
    auto future = promise->get_future();
    loop.post([this, host, port, transport, promise] {
      resolver->resolve(host, port, transport, [promise](Found f) { promise->set_value(std::move(f)); });
    });
    return future;
  }
  std::string text(const std::string& host, std::uint16_t port = 0, Transport transport = Transport::udp) {
    return text(ask(host, port, transport));
  }
  static std::string text(std::future<Found> future) {
    if (future.wait_for(test::patience) != std::future_status::ready) return "no answer";
    const Found found = future.get();
    if (!found) return base::name(found.error().code);
    std::string out;
    for (const base::Address& a : *found) out += (out.empty() ? "" : " ") + a.text();
    return out;
  }

  Tables tables;
  Loop loop{"test"};
  std::unique_ptr<Resolver> resolver;
};

TEST_F(ResolverTest, GivesANumberBackWithItsUsualPortAndAsksNobody) {
  start();
  EXPECT_EQ(text("192.0.2.7"), "192.0.2.7:5060");
  EXPECT_EQ(text("192.0.2.7", 0, Transport::tls), "192.0.2.7:5061");
  EXPECT_EQ(text("2001:db8::1", 5080), "[2001:db8::1]:5080");
  EXPECT_EQ(tables.asked, 0);
}

TEST_F(ResolverTest, AsksForTheServiceOfEachTransport) {
  tables.host("h.test", {"192.0.2.1"});
  tables.srv["_sip._udp.a.test"] = {{{1, 0, 5071, "h.test"}}, std::chrono::seconds{60}};
  tables.srv["_sip._tcp.a.test"] = {{{1, 0, 5072, "h.test"}}, std::chrono::seconds{60}};
  tables.srv["_sips._tcp.a.test"] = {{{1, 0, 5073, "h.test"}}, std::chrono::seconds{60}};
  start();
  EXPECT_EQ(text("A.test."), "192.0.2.1:5071");
  EXPECT_EQ(text("a.test", 0, Transport::tcp), "192.0.2.1:5072");
  EXPECT_EQ(text("a.test", 0, Transport::tls), "192.0.2.1:5073");
}

TEST_F(ResolverTest, AGivenPortMeansNoService) {
  tables.host("a.test", {"192.0.2.9"});
  tables.srv["_sip._udp.a.test"] = {{{1, 0, 5071, "h.test"}}, std::chrono::seconds{60}};
  start();
  EXPECT_EQ(text("a.test", 5090), "192.0.2.9:5090");
}

TEST_F(ResolverTest, TakesTheHostItselfWhenThereIsNoService) {
  tables.host("a.test", {"192.0.2.1", "2001:db8::5"});
  start();
  EXPECT_EQ(text("a.test"), "192.0.2.1:5060 [2001:db8::5]:5060");
  EXPECT_EQ(text("a.test", 0, Transport::tls), "192.0.2.1:5061 [2001:db8::5]:5061");
}

TEST_F(ResolverTest, ListsTargetsByPriorityAndPassesOverOnesWithoutAddress) {
  tables.host("one.test", {"192.0.2.1"});
  tables.host("two.test", {"192.0.2.2", "192.0.2.3"});
  tables.srv["_sip._udp.a.test"] = {{{20, 0, 1, "one.test"}, {10, 0, 2, "two.test"}, {5, 0, 3, "gone.test"}}, std::chrono::seconds{60}};
  start();
  EXPECT_EQ(text("a.test"), "192.0.2.2:2 192.0.2.3:2 192.0.2.1:1");
}

TEST_F(ResolverTest, BelievesADomainThatSaysItHasNoSuchService) {
  tables.host("a.test", {"192.0.2.1"});
  tables.srv["_sip._udp.a.test"] = {{{0, 0, 0, "."}}, std::chrono::seconds{60}};
  start();
  EXPECT_EQ(text("a.test"), "not_found");
}

TEST_F(ResolverTest, KeepsAnswersForTheirTimeAndFailuresToo) {
  tables.host("a.test", {"192.0.2.1"});
  tables.host("brief.test", {"192.0.2.2"}, 0);
  start();
  text("a.test", 5060), text("a.test", 5060), text("none.test", 5060), text("none.test", 5060);
  EXPECT_EQ(tables.asked, 2);
  text("brief.test", 5060), text("brief.test", 5060);
  EXPECT_EQ(tables.asked, 4);
}

TEST_F(ResolverTest, ForgetsTheOldestWhenTheCacheIsFull) {
  Resolver::Limits limits;
  limits.cache = 2;
  for (const char* host : {"a.test", "b.test", "c.test"}) tables.host(host, {"192.0.2.1"}, host[0] - 'a' + 100);
  start(limits);
  text("a.test", 1), text("b.test", 1), text("c.test", 1);
  EXPECT_EQ(tables.asked, 3);
  text("b.test", 1), text("c.test", 1);
  EXPECT_EQ(tables.asked, 3);
  text("a.test", 1);
  EXPECT_EQ(tables.asked, 4);
}

TEST_F(ResolverTest, AsksOnceForAllWhoWaitAndRefusesTooMany) {
  std::promise<void> open;
  tables.gate = open.get_future().share();
  tables.host("a.test", {"192.0.2.1"});
  Resolver::Limits limits;
  limits.waiting = 3;
  start(limits);
  std::vector<std::future<Found>> asked;
  for (int i = 0; i < 3; ++i) asked.push_back(ask("a.test", 5060, Transport::udp));
  EXPECT_EQ(text("a.test", 5060), "too_large");
  open.set_value();
  for (auto& future : asked) EXPECT_EQ(text(std::move(future)), "192.0.2.1:5060");
  EXPECT_EQ(tables.asked, 1);
  EXPECT_EQ(text("a.test", 5060), "192.0.2.1:5060");
}

TEST_F(ResolverTest, GivesUpWhenTheNameServerIsSlowAndUsesItsLateAnswer) {
  std::promise<void> open;
  tables.gate = open.get_future().share();
  tables.host("a.test", {"192.0.2.1"});
  Resolver::Limits limits;
  limits.time_out = base::Millis{30};
  start(limits);
  EXPECT_EQ(text("a.test", 5060), "timed_out");
  open.set_value();
  std::string late;
  for (int i = 0; i < 500 && late != "192.0.2.1:5060"; ++i) late = text("a.test", 5060);
  EXPECT_EQ(late, "192.0.2.1:5060");
}

TEST_F(ResolverTest, RefusesWhatIsNoHostName) {
  start();
  EXPECT_EQ(text(""), "bad_syntax");
  EXPECT_EQ(text("."), "bad_syntax");
  EXPECT_EQ(text(std::string(300, 'a')), "bad_syntax");
  EXPECT_EQ(text(std::string("a\0b", 3)), "bad_syntax");
}

TEST_F(ResolverTest, TellsNobodyOnceItIsDestroyed) {
  std::promise<void> open;
  tables.gate = open.get_future().share();
  start();
  auto never = ask("a.test", 5060, Transport::udp);
  test::on_loop(loop, [] {});
  test::on_loop(loop, [&] {
    open.set_value();
    resolver.reset();
  });
  test::on_loop(loop, [] {});
  EXPECT_THROW(never.get(), std::future_error);  // dropped with its promise
}

TEST_F(ResolverTest, FindsAServiceThroughARealNameServer) {
  using test::dns_record;
  test::DnsServer server({{"_sips._tcp.a.test/33", {dns_record("_sips._tcp.a.test", 33, 60, test::srv_data({1, 2, 5066, "sip.a.test"}))}},
                          {"sip.a.test/1", {dns_record("sip.a.test", 1, 60, "\x7f\x05\x06\x07")}}});
  start(system_dns(server.address()));
  EXPECT_EQ(text("a.test", 0, Transport::tls), "127.5.6.7:5066");
}

}  // namespace
}  // namespace daedap::net
