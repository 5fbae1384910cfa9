#include "sip/dialog.hpp"

#include <gtest/gtest.h>

#include "sip/desk.hpp"
#include "sip/routing.hpp"
#include "sip/timer_queue.hpp"

namespace daedap::sip {
namespace {

Message invite_with(const std::string& extra) {
  return *Message::parse(request("INVITE", {.extra = extra}));
}

std::vector<std::string> routes_in(const Message& m) {
  std::vector<std::string> out;
  for (auto r : m.all("Route")) out.emplace_back(r);
  return out;
}

TEST(Dialog, CalleeTakesTargetTagsAndRoutesFromTheInvite) {  // RFC 3261 §12.1.1
  const Message invite = invite_with("Record-Route: <sip:p2;lr>, <sip:p1;lr>\n");
  Dialog d = Dialog::from_request(invite, "ours");
  EXPECT_EQ(d.remote_tag(), "caller");
  EXPECT_EQ(d.local_tag(), "ours");
  EXPECT_EQ(d.remote_target(), "sip:caller@192.0.2.10:5060");
  EXPECT_EQ(d.routes(), (std::vector<std::string>{"<sip:p2;lr>", "<sip:p1;lr>"}));
  const Message bye = d.make_request("BYE");
  EXPECT_EQ(bye.request_uri, "sip:caller@192.0.2.10:5060");
  EXPECT_EQ(bye.header("From"), "<sip:desk@192.0.2.1>;tag=ours");
  EXPECT_EQ(bye.header("To"), "<sip:caller@192.0.2.10>;tag=caller");
  EXPECT_EQ(bye.header("CSeq"), "1 BYE");
}

TEST(Dialog, CallerReversesTheRecordRoute) {  // §12.1.2
  const Message invite = invite_with("");
  const auto answer = Message::parse(
      response(invite, 200, "theirs", "", "Record-Route: <sip:p2;lr>, <sip:p1;lr>\n"));
  auto d = Dialog::from_response(invite, *answer);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->routes(), (std::vector<std::string>{"<sip:p1;lr>", "<sip:p2;lr>"}));
  EXPECT_EQ(d->remote_tag(), "theirs");
  EXPECT_EQ(d->remote_target(), "sip:callee@192.0.2.20:5060");
  EXPECT_EQ(d->make_request("BYE").header("CSeq"), "2 BYE");
  EXPECT_EQ(d->make_ack(1).header("CSeq"), "1 ACK");
}

TEST(Dialog, ResponseWithoutToTagMakesNone) {
  const Message invite = invite_with("");
  EXPECT_FALSE(Dialog::from_response(invite, *Message::parse(response(invite, 200, ""))));
}

TEST(Dialog, LooseRouterKeepsTheTargetInTheRequestUri) {  // §12.2.1.1
  Dialog d = Dialog::from_request(invite_with("Record-Route: <sip:p1;lr>\n"), "ours");
  const Message bye = d.make_request("BYE");
  EXPECT_EQ(bye.request_uri, "sip:caller@192.0.2.10:5060");
  EXPECT_EQ(routes_in(bye), std::vector<std::string>{"<sip:p1;lr>"});
  EXPECT_EQ(d.next_hop()->host, "p1");
}

TEST(Dialog, StrictRouterGetsTheRequestUriAndTheTargetComesLast) {  // §12.2.1.1
  Dialog d = Dialog::from_request(invite_with("Record-Route: <sip:p1>, <sip:p2;lr>\n"), "ours");
  const Message bye = d.make_request("BYE");
  EXPECT_EQ(bye.request_uri, "sip:p1");
  EXPECT_EQ(routes_in(bye),
            (std::vector<std::string>{"<sip:p2;lr>", "<sip:caller@192.0.2.10:5060>"}));
}

TEST(Dialog, RemoteSequenceMayJumpButNotGoBack) {  // §12.2.2
  Dialog d = Dialog::from_request(invite_with(""), "ours");
  EXPECT_FALSE(d.take_remote_seq(1));
  EXPECT_TRUE(d.take_remote_seq(9));
  EXPECT_FALSE(d.take_remote_seq(8));
  EXPECT_TRUE(d.take_remote_seq(10));
}

TEST(Dialog, TargetRefreshMovesTheTargetButNotTheRoutes) {  // §12.2
  Dialog d = Dialog::from_request(invite_with("Record-Route: <sip:p1;lr>\n"), "ours");
  d.refresh_target(*Message::parse(request("INVITE", {.contact = "<sip:new@192.0.2.99>"})));
  EXPECT_EQ(d.remote_target(), "sip:new@192.0.2.99");
  EXPECT_EQ(d.routes().size(), 1u);
  d.refresh_target(*Message::parse(request("INVITE", {.contact = "<tel:+8210>"})));
  EXPECT_EQ(d.remote_target(), "sip:new@192.0.2.99") << "a target that cannot be reached is none";
}

TEST(Routing, SendsToTheContactUnlessThePeerIsTranslated) {
  Dialog d = Dialog::from_request(invite_with(""), "ours");
  const Flow source = udp("198.51.100.7", 31000);
  EXPECT_EQ(next_flow(d, source, false), udp("192.0.2.10", 5060));
  EXPECT_EQ(next_flow(d, source, true), source);
  const Flow stream = tcp("198.51.100.7", 31000, 4);
  EXPECT_EQ(next_flow(d, stream, false), stream) << "an open connection stays";
}

TEST(Routing, PrivateContactOfAPublicPeerIsNotTrusted) {
  const Message invite = *Message::parse(request("INVITE", {.contact = "<sip:a@10.1.2.3>"}));
  const Dialog d = Dialog::from_request(invite, "ours");
  EXPECT_EQ(next_flow(d, udp("198.51.100.7", 31000), false), udp("198.51.100.7", 31000));
  EXPECT_EQ(next_flow(d, udp("10.9.9.9"), false), udp("10.1.2.3"));
}

TEST(Routing, FollowsTheFirstRouteAndMaddr) {
  const Dialog d =
      Dialog::from_request(invite_with("Record-Route: <sip:192.0.2.50:5070;lr>\n"), "ours");
  EXPECT_EQ(next_flow(d, udp("192.0.2.10"), false), udp("192.0.2.50", 5070));
  const Dialog m =
      Dialog::from_request(invite_with("Record-Route: <sip:p.example;maddr=192.0.2.51;lr>\n"), "o");
  EXPECT_EQ(next_flow(m, udp("192.0.2.10"), false), udp("192.0.2.51", 5060));
}

TEST(Routing, KnowsPrivateAddresses) {
  for (const char* ip : {"10.0.0.1", "172.31.0.1", "192.168.1.1", "127.0.0.1", "169.254.1.1",
                         "100.64.0.1", "fc00::1", "fe80::1", "::1"}) {
    EXPECT_TRUE(is_private(*base::Address::parse_ip(ip))) << ip;
  }
  for (const char* ip : {"172.32.0.1", "192.0.2.1", "100.128.0.1", "2001:db8::1"}) {
    EXPECT_FALSE(is_private(*base::Address::parse_ip(ip))) << ip;
  }
}

TEST(TimerQueue, GivesEntriesInOrderOfTime) {
  TimerQueue<int> q;
  for (int ms : {5, 1, 4, 2, 3}) q.push(Time(Millis(ms)), ms);
  EXPECT_EQ(q.next()->key, 1);
  EXPECT_FALSE(q.pop_due(Time{}));
  std::vector<int> order;
  while (auto e = q.pop_due(Time(Millis(4)))) order.push_back(e->key);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(q.size(), 1u);
}

TEST(RequestParts, Rfc2543KeysTellRequestsApartWithoutABranch) {  // RFC 3261 §17.2.3
  const auto key = [](const Line& line, const char* method) {
    const Message m = *Message::parse(request(method, line));
    return server_key(m, *parts_of(m), std::string(method) == "ACK" ? "INVITE" : method);
  };
  const Line old{.branch = ""};
  EXPECT_EQ(key(old, "INVITE"), key(old, "ACK"));
  EXPECT_NE(key(old, "INVITE"), key(old, "CANCEL"));
  EXPECT_NE(key(old, "INVITE"), key({.branch = "", .cseq = 2}, "INVITE"));
  EXPECT_NE(key(old, "INVITE"), key({.branch = "", .call_id = "other"}, "INVITE"));
  EXPECT_NE(key({}, "INVITE"), key({.via = "SIP/2.0/UDP 192.0.2.11:5060"}, "INVITE"))
      << "the same branch from another host is another transaction";
}

}  // namespace
}  // namespace daedap::sip
