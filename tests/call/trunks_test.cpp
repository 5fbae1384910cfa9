#include "call/trunks.hpp"

#include <gtest/gtest.h>

#include "sip/name_addr.hpp"
#include "sip/registrar/phone.hpp"

namespace daedap::call {
namespace {

const std::string secret = "server secret";

Trunk provider() {
  return {.name = "provider", .servers = {"sip.provider.example", "sip:192.0.2.9:5080;transport=tcp"}, .user = "u",
          .password = "p", .registers = true, .inbound_to = "desk", .caller_id = "07012345678"};
}
Trunk peer() { return {.name = "peer", .servers = {"192.0.2.20"}, .inbound_from = {"192.0.2.0/24", "2001:db8::/33"}}; }
Trunk inner() { return {.name = "inner", .inbound_from = {"192.0.2.77", "bad"}}; }

Trunks trunks() { return {{provider(), peer(), inner()}, sip::toy_hashes(), secret}; }
std::string token() { return trunk_token(sip::toy_hashes(), secret, "provider"); }

sip::Message invite(const std::string& uri) {
  sip::Message m;
  m.method = "INVITE";
  m.request_uri = uri;
  m.add("From", "\"Kim\" <sip:010-1234-5678@provider.example>;tag=1");
  m.add("To", "<sip:07012345678@provider.example>");
  return m;
}
base::Address at(const std::string& ip) { return *base::Address::parse_ip(ip); }

// ---- what is configured --------------------------------------------------------------------------

TEST(TrunkServer, ReadsWhatPeopleWrite) {
  const auto name = TrunkServer::parse("SIP.example.com");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->host, "sip.example.com");
  EXPECT_EQ(name->port, 0);
  const auto full = TrunkServer::parse("sip:192.0.2.9:5080;transport=TCP");
  EXPECT_EQ(*full, (TrunkServer{"192.0.2.9", 5080, sip::Transport::tcp, false}));
  EXPECT_EQ(TrunkServer::parse("sips:x")->transport, sip::Transport::tls);
  EXPECT_EQ(TrunkServer::parse("sip:[2001:db8::1]:5070")->host, "2001:db8::1");
  EXPECT_EQ(TrunkServer::parse("x;transport=tls")->transport, sip::Transport::tls);
  for (const char* bad : {"", "sip:", "http://x", "x;transport=sctp", "x:99999", "sips:x;transport=udp", "x?a=b"})
    EXPECT_FALSE(TrunkServer::parse(bad)) << bad;
}

TEST(TrunkServer, KnowsTheUsualPorts) {
  EXPECT_EQ(TrunkServer::parse("x")->flow_to(at("192.0.2.1")).remote.port, 5060);
  EXPECT_EQ(TrunkServer::parse("sips:x")->flow_to(at("192.0.2.1")).remote.port, 5061);
  EXPECT_EQ(TrunkServer::parse("x")->flow_to(at("192.0.2.1").with_port(7)).remote.port, 7);
}

TEST(Network, HoldsItsAddresses) {
  const auto v4 = *Network::parse("192.0.2.128/25");
  EXPECT_TRUE(v4.holds(at("192.0.2.200")));
  EXPECT_FALSE(v4.holds(at("192.0.2.127")));
  EXPECT_TRUE(Network::parse("0.0.0.0/0")->holds(at("8.8.8.8")));
  EXPECT_FALSE(Network::parse("0.0.0.0/0")->holds(at("::1")));
  EXPECT_TRUE(Network::parse("192.0.2.1")->holds(at("192.0.2.1")));
  EXPECT_FALSE(Network::parse("192.0.2.1")->holds(at("192.0.2.2")));
  const auto v6 = *Network::parse("2001:db8::/33");
  EXPECT_TRUE(v6.holds(at("2001:db8:7fff::1")));
  EXPECT_FALSE(v6.holds(at("2001:db8:8000::1")));
  EXPECT_TRUE(Network::parse("2001:db8::1/128")->holds(at("2001:db8::1")));
  for (const char* bad : {"", "x", "192.0.2.1/33", "192.0.2.1/", "2001:db8::/129", "192.0.2.1/-1"})
    EXPECT_FALSE(Network::parse(bad)) << bad;
}

// ---- inbound -------------------------------------------------------------------------------------

TEST(Trunks, KnowsACallByTheRegistrationItCameBy) {
  const auto t = trunks();
  const auto m = invite("sip:" + token() + "@198.51.100.1:5060");
  ASSERT_NE(t.inbound(m, sip::udp_flow("203.0.113.5:5060")), nullptr);
  EXPECT_EQ(t.inbound(m, sip::udp_flow("203.0.113.5:5060"))->name, "provider");
  EXPECT_EQ(t.inbound(invite("sip:07012345678@198.51.100.1"), sip::udp_flow("203.0.113.5:5060")), nullptr);
}

TEST(Trunks, KnowsACallByItsSource) {
  const auto t = trunks();
  const auto m = invite("sip:07012345678@198.51.100.1");
  EXPECT_EQ(t.inbound(m, sip::udp_flow("192.0.2.4:9999"))->name, "peer");
  EXPECT_EQ(t.inbound(m, sip::udp_flow("[2001:db8::5]:5060"))->name, "peer");
  EXPECT_EQ(t.inbound(m, sip::udp_flow("192.0.2.77:5060"))->name, "inner") << "the narrower network";
}

TEST(Trunks, TokensDifferBySecretAndTrunk) {
  EXPECT_NE(token(), trunk_token(sip::toy_hashes(), "other", "provider"));
  EXPECT_NE(token(), trunk_token(sip::toy_hashes(), secret, "peer"));
  EXPECT_EQ(token(), trunk_token(sip::toy_hashes(), secret, "provider"));
  // Only trunks that register have one.
  const auto m = invite("sip:" + trunk_token(sip::toy_hashes(), secret, "peer") + "@198.51.100.1");
  EXPECT_EQ(trunks().inbound(m, sip::udp_flow("203.0.113.5:5060")), nullptr);
}

TEST(Trunks, ReadsTheNumberWhereTheProviderPutIt) {
  const auto t = trunks();
  EXPECT_EQ(t.dialled(invite("sip:+82-70-1234-5678@198.51.100.1")), "+827012345678");
  auto m = invite("sip:" + token() + "@198.51.100.1");
  EXPECT_EQ(t.dialled(m), "07012345678");
  m.add("P-Called-Party-ID", "<sip:07099998888@provider.example>");
  EXPECT_EQ(t.dialled(m), "07099998888");
  m.remove("To");
  m.remove("P-Called-Party-ID");
  EXPECT_EQ(t.dialled(m), "");
}

TEST(Trunks, FindsTheCalleeInAnyFormElseInboundTo) {
  const auto known = [](const std::string& id) { return id == "07012345678" || id == "1001"; };
  EXPECT_EQ(Trunks::callee(provider(), "+827012345678", known), "07012345678");
  EXPECT_EQ(Trunks::callee(provider(), "1001", known), "1001");
  EXPECT_EQ(Trunks::callee(provider(), "0100000000", known), "desk");
  EXPECT_EQ(Trunks::callee(peer(), "0100000000", known), "");
  const auto e164 = [](const std::string& id) { return id == "+827012345678"; };
  EXPECT_EQ(Trunks::callee(peer(), "07012345678", e164), "+827012345678");
  EXPECT_EQ(Trunks::callee(peer(), "", [](const std::string&) { return true; }), "");
}

TEST(Trunks, ReadsTheCallerAssertedBeforeClaimed) {
  auto m = invite("sip:x@y");
  EXPECT_EQ(Trunks::caller(provider(), m), "+821012345678");
  m.add("P-Asserted-Identity", "<sip:0212345678@provider.example>, <tel:+82212345678>");
  EXPECT_EQ(Trunks::caller(provider(), m), "+82212345678");
  m.add("Privacy", "critical; id");
  EXPECT_EQ(Trunks::caller(provider(), m), "");
  auto hidden = invite("sip:x@y");
  hidden.set("From", "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1");
  EXPECT_EQ(Trunks::caller(provider(), hidden), "");
}

TEST(Trunks, PrivacyNoneHidesNobody) {
  auto m = invite("sip:x@y");
  m.add("Privacy", "none");
  EXPECT_FALSE(Trunks::is_private(m));
  EXPECT_EQ(Trunks::caller(provider(), m), "+821012345678");
}

TEST(Trunks, StripsWhatOnlyTrustedPeersMaySay) {
  auto m = invite("sip:x@y");
  m.add("P-Asserted-Identity", "<sip:ceo@x>");
  m.add("P-Preferred-Identity", "<sip:ceo@x>");
  strip_untrusted(m);
  EXPECT_FALSE(m.header("P-Asserted-Identity"));
  EXPECT_FALSE(m.header("P-Preferred-Identity"));
  EXPECT_TRUE(m.header("From"));
}

// ---- outbound ------------------------------------------------------------------------------------

TEST(Trunks, GivesOneWayForEachAddress) {
  auto t = trunks();
  EXPECT_TRUE(t.outbound(*t.find("provider"), "01012345678", {}).empty()) << "nothing is resolved";
  t.set_addresses("sip.provider.example", {at("203.0.113.1"), at("203.0.113.2").with_port(5062)});
  t.set_addresses("sip:192.0.2.9:5080;transport=tcp", {at("192.0.2.9").with_port(5080)});
  const auto ways = t.outbound(*t.find("provider"), "01012345678", {});
  ASSERT_EQ(ways.size(), 3u);
  EXPECT_EQ(ways[0].target, "sip:01012345678@sip.provider.example");
  EXPECT_EQ(ways[0].flow.remote.text(), "203.0.113.1:5060");
  EXPECT_EQ(ways[1].flow.remote.text(), "203.0.113.2:5062");
  EXPECT_EQ(ways[2].target, "sip:01012345678@192.0.2.9:5080;transport=tcp");
  EXPECT_EQ(ways[2].flow.transport, sip::Transport::tcp);
  EXPECT_EQ(ways[0].to, "<sip:01012345678@sip.provider.example>");
  EXPECT_EQ(ways[0].from, "<sip:07012345678@sip.provider.example>");
  EXPECT_EQ(ways[0].user, "u");
  EXPECT_EQ(ways[0].password, "p");
}

TEST(Trunks, TellsTheProviderWhoCalls) {
  auto t = trunks();
  t.set_addresses("192.0.2.20", {at("192.0.2.20")});
  const auto way = t.outbound(*t.find("peer"), "+821012345678", {.number = "1001", .name = "김\"지원"}).at(0);
  const auto from = sip::NameAddr::parse(way.from);
  ASSERT_TRUE(from);
  EXPECT_EQ(from->display, "김\"지원");
  EXPECT_EQ(from->uri.user, "1001");
  EXPECT_EQ(from->uri.host, "192.0.2.20");
  ASSERT_EQ(way.headers.size(), 1u);
  EXPECT_EQ(way.headers[0].name, "P-Asserted-Identity");
  EXPECT_EQ(way.headers[0].value, way.from);
}

TEST(Trunks, HidesACallerFromTheCalleeAndNotFromTheProvider) {  // RFC 3325 §7
  auto t = trunks();
  t.set_addresses("192.0.2.20", {at("192.0.2.20")});
  const auto way = t.outbound(*t.find("peer"), "112", {.number = "1001", .name = "Kim", .anonymous = true}).at(0);
  EXPECT_EQ(way.from, "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
  ASSERT_EQ(way.headers.size(), 2u);
  EXPECT_EQ(way.headers[0].value, "<sip:1001@192.0.2.20>");
  EXPECT_EQ(way.headers[1].name, "Privacy");
  EXPECT_EQ(way.headers[1].value, "id");
}

TEST(Trunks, UsesTheConfiguredDomain) {
  EXPECT_EQ(trunk_domain({.servers = {"sip:192.0.2.9:5080"}, .domain = "ims.example"}), "ims.example");
  EXPECT_EQ(trunk_domain({.servers = {"sip:192.0.2.9:5080"}}), "192.0.2.9");
  EXPECT_EQ(trunk_domain({}), "");
}

TEST(TrunkState, HasNames) {
  using enum TrunkState::State;
  for (const auto& [state, text] : {std::pair{unregistered, "unregistered"}, {registered, "registered"}, {trying, "trying"},
                                    {refused, "refused"}, {unreachable, "unreachable"}})
    EXPECT_STREQ(name(state), text);
}

}  // namespace
}  // namespace daedap::call
