#include "sip/params.hpp"

#include <gtest/gtest.h>

namespace daedap::sip {
namespace {

base::Result<Params> parse(std::string_view text) {
  Scanner in(text);
  return Params::parse(in);
}

TEST(Params, KeepsOrderAndTellsEmptyFromAbsentValues) {
  const auto params = parse(";lr; branch = z9hG4bK1 ;q=0.3");
  ASSERT_TRUE(params);
  ASSERT_EQ(params->list().size(), 3u);
  EXPECT_EQ(params->list()[1].name, "branch");
  EXPECT_TRUE(params->has("LR"));
  EXPECT_FALSE(params->value("lr"));
  EXPECT_EQ(params->value("Branch"), "z9hG4bK1");
  EXPECT_EQ(params->write(), ";lr;branch=z9hG4bK1;q=0.3");
}

TEST(Params, KeepsQuotedValuesAsTheyStand) {
  const auto params = parse(R"(;+sip.instance="<urn:uuid:1;2,3>";x)");
  ASSERT_TRUE(params);
  EXPECT_EQ(params->value("+sip.instance"), R"("<urn:uuid:1;2,3>")");
  EXPECT_TRUE(params->has("x"));
}

TEST(Params, TakesAddressesAsValues) {
  const auto params = parse(";received=2001:db8::9:1;maddr=[2001:db8::1]");
  ASSERT_TRUE(params);
  EXPECT_EQ(params->value("received"), "2001:db8::9:1");
  EXPECT_EQ(params->value("maddr"), "[2001:db8::1]");
}

TEST(Params, RefusesEmptyNamesAndValues) {
  for (const char* bad : {";;", ";", ";=x", ";a=", ";a=;b", ";a=\"open", ";a=b;;c", ";a=\x01"}) {
    const auto params = parse(bad);
    ASSERT_FALSE(params) << bad;
    EXPECT_EQ(params.error().code, base::Code::bad_syntax);
  }
}

TEST(Params, CapsTheirNumber) {
  std::string text;
  for (std::size_t i = 0; i < Params::max_count; ++i) text += ";a=b";
  EXPECT_TRUE(parse(text));
  const auto over = parse(text + ";a=b");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, base::Code::too_large);
}

TEST(Params, StopBeforeWhatIsNoParameter) {
  Scanner in(";a=b , next");
  EXPECT_TRUE(Params::parse(in));
  EXPECT_EQ(in.rest(), ", next");
}

TEST(Params, SetReplacesAndRemoveDropsAll) {
  Params params;
  params.set("rport");
  params.set("RPORT", "5060");
  params.add("rport", "1");
  params.set("tag", "x");
  EXPECT_EQ(params.write(), ";rport=5060;rport=1;tag=x");
  params.remove("Rport");
  EXPECT_EQ(params.write(), ";tag=x");
}

}  // namespace
}  // namespace daedap::sip
