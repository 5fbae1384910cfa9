#include "net/dns_lookup.hpp"

#include <gtest/gtest.h>

#include <map>

#include "net/dns_server.hpp"

namespace daedap::net {
namespace {

using test::dns_message;
using test::dns_record;
using test::srv_data;

constexpr unsigned a_type = 1, srv_type = 33;
const std::string question = test::dns_name("_sip._udp.a.test") + test::word(srv_type) + test::word(1);

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(SrvAnswer, GivesRecordsInLowerCaseAndTheShortestTtl) {
  const std::string message = dns_message("ab", question, {dns_record("_sip._udp.a.test", srv_type, 90, srv_data({10, 5, 5060, "One.A.test"})),
                                                           dns_record("_sip._udp.a.test", srv_type, 60, srv_data({20, 0, 5070, "."}))});
  const auto answer = parse_srv(bytes_of(message));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->records, (std::vector<SrvRecord>{{10, 5, 5060, "one.a.test"}, {20, 0, 5070, "."}}));
  EXPECT_EQ(answer->ttl.count(), 60);
}

TEST(SrvAnswer, PassesOverOtherRecordsAndSaysWhenThereIsNone) {
  const std::string alias = dns_message("ab", question, {dns_record("_sip._udp.a.test", 5, 90, test::dns_name("x.test"))});
  EXPECT_EQ(parse_srv(bytes_of(alias)).error().code, base::Code::not_found);
}

TEST(SrvAnswer, RefusesWhatIsMalformed) {
  EXPECT_EQ(parse_srv(bytes_of("nonsense")).error().code, base::Code::bad_syntax);
  const std::string shorts = dns_message("ab", question, {dns_record("_sip._udp.a.test", srv_type, 90, "12345")});
  EXPECT_EQ(parse_srv(bytes_of(shorts)).error().code, base::Code::bad_syntax);
  const std::string loop = dns_message("ab", question, {dns_record("_sip._udp.a.test", srv_type, 90, "123456" + std::string("\xC0\x48", 2))});
  EXPECT_FALSE(parse_srv(bytes_of(loop)));
}

TEST(SrvAnswer, TakesAtMost32Records) {
  std::vector<std::string> many;
  for (unsigned i = 0; i < 60; ++i) many.push_back(dns_record("_sip._udp.a.test", srv_type, 90, srv_data({1, 1, static_cast<std::uint16_t>(i), "t"})));
  EXPECT_EQ(parse_srv(bytes_of(dns_message("ab", question, many)))->records.size(), 32U);
}

TEST(SrvAnswer, SurvivesMutations) {
  const std::string good = dns_message("ab", question, {dns_record("_sip._udp.a.test", srv_type, 90, srv_data({10, 5, 5060, "one.a.test"})),
                                                        dns_record("_sip._udp.a.test", srv_type, 60, srv_data({20, 0, 5070, "two.a.test"}))});
  base::Random random(base::seeded(7));
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    for (unsigned n = random.u32() % 4 + 1; n > 0; --n) bad[random.u32() % bad.size()] = static_cast<char>(random.u32());
    if (random.u32() % 3 == 0) bad.resize(random.u32() % bad.size());
    const std::vector<std::uint8_t> exact(bad.begin(), bad.end());  // so that a sanitizer sees a read past the end
    const auto answer = parse_srv(exact);
    refused += answer ? 0 : 1;
    if (answer) {
      for (const SrvRecord& r : answer->records) EXPECT_FALSE(r.target.empty());
    }
  }
  EXPECT_GT(refused, 5'000);
}

TEST(SrvOrder, GoesByPriorityAndDrawsByWeight) {
  base::Random random(base::seeded(1));
  std::map<std::string, int> first;
  for (int i = 0; i < 4000; ++i) {
    std::vector<SrvRecord> records{{20, 9, 1, "spare"}, {10, 0, 1, "none"}, {10, 1, 1, "quarter"}, {10, 3, 1, "rest"}};
    order_srv(records, random);
    ASSERT_EQ(records.back().target, "spare");
    ++first[records.front().target];
  }
  EXPECT_GT(first["none"], 0);  // RFC 2782: weight 0 has a small chance
  EXPECT_GT(first["rest"], first["quarter"] * 3 / 2);
  EXPECT_EQ(first["none"] + first["quarter"] + first["rest"], 4000);
}

TEST(SystemDns, AsksTheNameServerForServicesAndAddresses) {
  test::DnsServer server({{"_sip._udp.a.test/33", {dns_record("_sip._udp.a.test", srv_type, 77, srv_data({1, 2, 5066, "sip.a.test"}))}},
                          {"sip.a.test/1", {dns_record("sip.a.test", a_type, 77, "\x7f\x05\x06\x07")}}});
  const DnsQueries dns = system_dns(server.address());
  const auto srv = dns.srv("_sip._udp.a.test");
  ASSERT_TRUE(srv) << srv.error().message();
  EXPECT_EQ(srv->records, (std::vector<SrvRecord>{{1, 2, 5066, "sip.a.test"}}));
  EXPECT_EQ(srv->ttl.count(), 77);
  const auto host = dns.addresses("sip.a.test");
  ASSERT_TRUE(host) << host.error().message();
  ASSERT_EQ(host->addresses.size(), 1U);
  EXPECT_EQ(host->addresses[0].text(), "127.5.6.7:0");
}

TEST(SystemDns, TellsAMissingNameFromASilentServer) {
  test::DnsServer server({{"b.test/1", {dns_record("b.test", a_type, 77, "\x7f\x05\x06\x07")}}});
  const DnsQueries dns = system_dns(server.address());
  EXPECT_EQ(dns.srv("_sip._udp.a.test").error().code, base::Code::not_found);
  EXPECT_EQ(dns.srv("b.test").error().code, base::Code::not_found);  // the name is there, without SRV
  EXPECT_EQ(dns.addresses("a.test.").error().code, base::Code::not_found);
  EXPECT_EQ(dns.srv("_sip._udp.a.silent").error().code, base::Code::timed_out);
}

TEST(SystemDns, KnowsWhatStandsInTheHostsFile) {
  const auto host = system_dns().addresses("localhost");
  ASSERT_TRUE(host) << host.error().message();
  EXPECT_FALSE(host->addresses.empty());
}

}  // namespace
}  // namespace daedap::net
