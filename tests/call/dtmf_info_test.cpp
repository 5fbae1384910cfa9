#include "call/dtmf_info.hpp"

#include <gtest/gtest.h>

#include <string>

namespace daedap::call {
namespace {

TEST(DtmfInfo, ReadsRelayBodies) {
  EXPECT_EQ(digit_of_info("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), '5');
  EXPECT_EQ(digit_of_info("Application/DTMF-Relay; charset=x", "Duration= 160\nsignal = *"), '*');
  EXPECT_EQ(digit_of_info("application/dtmf-relay", "Signal=d"), 'D');
}

TEST(DtmfInfo, ReadsEventNumbersOfStarAndHash) {
  EXPECT_EQ(digit_of_info("application/dtmf-relay", "Signal=10\r\n"), '*');
  EXPECT_EQ(digit_of_info("application/dtmf-relay", "Signal=11\r\n"), '#');
}

TEST(DtmfInfo, ReadsBareBodies) {
  EXPECT_EQ(digit_of_info("application/dtmf", "#"), '#');
  EXPECT_EQ(digit_of_info("application/dtmf", " 0\r\n"), '0');
}

TEST(DtmfInfo, RefusesEverythingElse) {
  EXPECT_FALSE(digit_of_info("application/sdp", "5"));
  EXPECT_FALSE(digit_of_info("application/dtmf", ""));
  EXPECT_FALSE(digit_of_info("application/dtmf", "55"));
  EXPECT_FALSE(digit_of_info("application/dtmf", "E"));
  EXPECT_FALSE(digit_of_info("application/dtmf-relay", "Signal="));
  EXPECT_FALSE(digit_of_info("application/dtmf-relay", "Signals=5"));
  EXPECT_FALSE(digit_of_info("", ""));
}

TEST(DtmfInfo, RefusesBodiesThatAreTooLong) {
  EXPECT_FALSE(digit_of_info("application/dtmf", "5" + std::string(300, ' ')));
}

}  // namespace
}  // namespace daedap::call
