// Calls that leave by a provider or come from one.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

const sip::Hashes no_hashes{[](std::string_view) { return std::string(32, '0'); }, [](std::string_view) { return std::string(64, '0'); }};

struct TrunkStory : Pbx {
  /// The provider's server; calls to outside numbers go there.
  DeskPhone& provider(DeskPhone::Settings settings = {}, const char* srtp = "off") {
    if (!server) open();
    settings.ip = "198.51.100." + std::to_string(240 + providers.size());
    providers.push_back(std::make_unique<DeskPhone>(world, *network, settings, 800 + providers.size()));
    trunk.servers.push_back(providers.back()->address().ip_text());
    trunk.srtp = srtp;
    server->command([&](call::Switchboard& board, base::Time) {
      board.set_trunks(call::Trunks({trunk}, no_hashes, "secret"), call::DialPlan({{.pattern = "0X.", .trunk = "kt"}}, {trunk}));
      for (const auto& one : providers) board.set_trunk_addresses(one->address().ip_text(), {one->address()});
    });
    return *providers.back();
  }
  /// 1002's calls go to a mobile telephone when he has no other.
  void forward() {
    for (call::Operator& one : settings.operators) {
      if (one.id != "1002") continue;
      one.on_miss.fill(call::Fallback::forward);
      one.forward_to = "010-1234-5678";
    }
  }
  call::Trunk trunk{.name = "kt", .domain = "sip.example.net", .caller_id = "0212345678"};
  std::vector<std::unique_ptr<DeskPhone>> providers;
};

TEST_F(TrunkStory, ForwardedCallLeavesByTheTrunkWithItsNumberAndOurs) {
  forward();
  DeskPhone& out = provider();
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  ASSERT_TRUE(out.talking());
  EXPECT_NE(out.invite().request_uri.find("1012345678@"), std::string::npos) << out.invite().request_uri;
  EXPECT_NE(out.invite().header("From").value_or("").find("sip.example.net"), std::string_view::npos);
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  EXPECT_GT(share_of_tone(last(out.heard(), seconds(1)), 450), 0.9);
  out.hang_up();
  finish(caller);
  EXPECT_EQ(record().answered_by, "trunk kt");
  expect_clean();
}

TEST_F(TrunkStory, NextServerIsTriedWhenOneCannot) {
  forward();
  DeskPhone& broken = provider({.reject = 503});
  DeskPhone& good = provider();
  Phone& caller = dial_operator("1002");
  run(seconds(3));
  EXPECT_EQ(broken.invites(), 1);
  EXPECT_TRUE(good.talking());
  good.hang_up();
  finish(caller);
  expect_clean();
}

TEST_F(TrunkStory, NumberThatIsBusyIsNotTriedElsewhere) {
  forward();
  provider({.reject = 486});
  DeskPhone& other = provider();
  Phone& caller = dial_operator("1002");
  finish(caller);
  EXPECT_EQ(other.invites(), 0);
  EXPECT_FALSE(caller.report().answered && record().answered_by == "trunk kt");
  expect_clean();
}

TEST_F(TrunkStory, PlainCallerTalksToASecureTrunk) {
  forward();
  DeskPhone& out = provider({}, "required");
  Phone& caller = dial_operator("1002");
  run(seconds(2));
  EXPECT_NE(out.offer().find("RTP/SAVP"), std::string::npos) << out.offer();
  EXPECT_NE(out.offer().find("a=crypto:"), std::string::npos);
  caller.command([](call::TestCaller& c, base::Time now) { c.cancel(now); });
  finish(caller);
  expect_clean();
}

TEST_F(TrunkStory, StrangersDoNotCallOut) {
  DeskPhone& out = provider();
  Phone& caller = dial_operator("01012345678");
  finish(caller);
  EXPECT_EQ(caller.report().code, 403);
  EXPECT_EQ(out.invites(), 0);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
