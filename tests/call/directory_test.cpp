#include "call/directory.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

TEST(Directory, KnowsOperatorsAndQueuesAndNobodyElse) {
  Directory d;
  d.operators.replace({{.id = "1001"}});
  d.queues = {{.number = "7000", .name = "Sales"}, {.number = "7001", .name = "Support"}};
  EXPECT_TRUE(d.knows("1001"));
  EXPECT_TRUE(d.knows("7001"));
  EXPECT_FALSE(d.knows("7002"));
  EXPECT_FALSE(d.knows(""));
  ASSERT_NE(d.queue("7001"), nullptr);
  EXPECT_EQ(d.queue("7001")->name, "Support");
  EXPECT_EQ(d.queue("1001"), nullptr);
}

TEST(Directory, AiHoldsNoCallsUntilSomebodySaysOtherwise) {
  Directory d;
  EXPECT_EQ(d.ai_calls(), 0U);
  EXPECT_EQ(d.ai.state, AiState::State::starting);
}

TEST(Contacts, FindTheirOwnerByFlowAndAddress) {
  sip::Binding udp{.contact = "sip:a@192.0.2.1", .flow = {.remote = *base::Address::parse("192.0.2.1:5060")}};
  sip::Binding tcp{.contact = "sip:b@192.0.2.2", .flow = {sip::Transport::tcp, *base::Address::parse("192.0.2.2:40000"), 7}};
  const Contacts all({{"1001", {udp}}, {"1002", {tcp}}});
  EXPECT_EQ(all.id_of(udp.flow), "1001");
  EXPECT_EQ(all.id_of(tcp.flow), "1002");
  sip::Flow other = tcp.flow;
  other.connection = 8;
  EXPECT_EQ(all.id_of(other), "");
  EXPECT_TRUE(all.any_from(*base::Address::parse("192.0.2.1:9")));
  EXPECT_FALSE(all.any_from(*base::Address::parse("192.0.2.3:5060")));
}

}  // namespace
}  // namespace daedap::call
