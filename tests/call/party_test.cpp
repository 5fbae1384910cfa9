#include "call/party.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

TEST(Party, ReadsDisplayNameAndNumber) {
  const Party p = party_of("\"Kim \\\"K\\\" Jiwon\" <sip:+821012345678@example.com;user=phone>;tag=a");
  EXPECT_EQ(p.name, "Kim \"K\" Jiwon");
  EXPECT_EQ(p.number, "+821012345678");
}

TEST(Party, ReadsBareUris) {
  EXPECT_EQ(party_of("sip:1001@192.0.2.1:5060").number, "1001");
  EXPECT_EQ(party_of("sip:%31001@192.0.2.1").number, "1001");
  EXPECT_EQ(party_of("tel:+8221234567").number, "+8221234567");
}

TEST(Party, WithoutUserTheHostStandsIn) { EXPECT_EQ(party_of("sip:gateway.example.com").number, "gateway.example.com"); }

TEST(Party, SubscriberParametersAreNoPartOfTheNumber) {
  EXPECT_EQ(party_of("<sip:+8210;npdi@example.com>").number, "+8210");
}

TEST(Party, NonsenseIsEmptyAndLongNamesAreCut) {
  EXPECT_EQ(party_of("").number, "");
  EXPECT_EQ(party_of("<<<").number, "");
  EXPECT_LE(party_of("\"" + std::string(500, 'x') + "\" <sip:1@h>").name.size(), 128U);
}

}  // namespace
}  // namespace daedap::call
