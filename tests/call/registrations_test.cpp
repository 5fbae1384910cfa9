#include "call/registrations.hpp"

#include <gtest/gtest.h>

#include "sip/registrar/phone.hpp"

namespace daedap::call {
namespace {

sip::Binding binding(const std::string& contact, const sip::Flow& flow) {
  sip::Binding b;
  b.contact = contact;
  b.flow = flow;
  return b;
}

TEST(Contacts, FindsAllContactsOfAnOperator) {
  const Contacts contacts({{"1001", {binding("sip:a@h", {}), binding("sip:b@h", {})}}});
  EXPECT_EQ(contacts.find("1001").size(), 2u);
  EXPECT_TRUE(contacts.registered("1001"));
  EXPECT_FALSE(contacts.registered("1002"));
  EXPECT_TRUE(Contacts().find("1001").empty());
}

TEST(Contacts, KnowsWhoseFlowARequestCameBy) {
  const auto udp = sip::udp_flow("192.0.2.1:5060");
  const auto tcp = sip::tcp_flow("192.0.2.2:4000", 7);
  const Contacts contacts({{"1001", {binding("sip:a@h", udp)}}, {"1002", {binding("sip:b@h", tcp)}}});
  EXPECT_EQ(contacts.id_of(udp), "1001");
  EXPECT_EQ(contacts.id_of(tcp), "1002");
  EXPECT_EQ(contacts.id_of(sip::tcp_flow("192.0.2.2:4000", 8)), "");
  EXPECT_EQ(contacts.id_of(sip::udp_flow("192.0.2.1:5061")), "");
  EXPECT_TRUE(contacts.any_from(*base::Address::parse_ip("192.0.2.1")));
  EXPECT_FALSE(contacts.any_from(*base::Address::parse_ip("192.0.2.3")));
}

}  // namespace
}  // namespace daedap::call
