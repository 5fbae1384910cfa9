#include "sip/registrar/registration.hpp"

#include <gtest/gtest.h>

#include "sip/registrar/phone.hpp"

namespace daedap::sip {
namespace {

using State = Registration::State;
using std::chrono::seconds;

const base::Time start{std::chrono::hours(1)};

Registration::Target target(const std::string& ip, Transport transport = Transport::udp) {
  return {ip, "sip:provider.example", {transport, *base::Address::parse_ip(ip, 5060), 0},
          *base::Address::parse("198.51.100.1:5060")};
}

struct Office {
  explicit Office(std::vector<Registration::Target> targets = {target("192.0.2.1"), target("192.0.2.2")})
      : registration({.aor = "sip:07012345678@provider.example", .user = "u", .password = "p", .token = "tok",
                      .call_id = "0-abc"},
                     random) {
    registration.set_targets(std::move(targets), now);
  }
  /// The request that is due now; fails the test when there is none.
  OutgoingRequest take() {
    auto out = registration.take_request();
    EXPECT_TRUE(out);
    return out.value_or(OutgoingRequest{});
  }
  void answer(int status, std::initializer_list<Header> headers = {{"CSeq", "2 REGISTER"}}) {
    registration.on_response(status, response_with(status, headers), now);
  }
  void silence(int status = 408) { registration.on_response(status, {}, now); }
  /// Lets the time pass up to the deadline; how long that was.
  base::Duration wait() {
    const base::Duration span = registration.deadline() - now;
    now = registration.deadline();
    registration.on_time(now);
    return span;
  }
  std::string contact(const OutgoingRequest& r) const { return r.headers.at(0).value; }

  base::Time now = start;
  base::Random random{base::seeded(3)};
  Registration registration;
};

TEST(Registration, SaysWhatToSend) {
  Office o;
  const auto r = o.take();
  EXPECT_EQ(r.method, "REGISTER");
  EXPECT_EQ(r.target, "sip:provider.example");
  EXPECT_EQ(r.from, "<sip:07012345678@provider.example>");
  EXPECT_EQ(r.to, r.from);
  EXPECT_EQ(r.user, "u");
  EXPECT_EQ(r.password, "p");
  EXPECT_EQ(r.call_id, "0-abc");
  EXPECT_EQ(r.cseq, 1u);
  EXPECT_EQ(r.flow.remote.text(), "192.0.2.1:5060");
  EXPECT_EQ(o.contact(r), "<sip:tok@198.51.100.1:5060>;expires=600");
  EXPECT_EQ(o.registration.state(), State::trying);
  EXPECT_FALSE(o.registration.take_request()) << "one at a time";
}

TEST(Registration, NamesTheTransportInItsContact) {
  Office o({target("192.0.2.1", Transport::tls)});
  EXPECT_EQ(o.contact(o.take()), "<sip:tok@198.51.100.1:5060;transport=tls>;expires=600");
}

TEST(Registration, RefreshesAtEightyToNinetyPercent) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Office o;
    o.random = base::Random(base::seeded(seed));
    o.take();
    o.answer(200, {{"CSeq", "2 REGISTER"}, {"Contact", "<sip:other@x>;expires=9, <sip:tok@198.51.100.1>;expires=300"}});
    EXPECT_EQ(o.registration.state(), State::registered);
    EXPECT_EQ(o.registration.text(), "");
    const auto span = o.wait();
    EXPECT_GE(span, seconds(240));
    EXPECT_LE(span, seconds(270));
    const auto again = o.take();
    EXPECT_EQ(again.cseq, 3u) << "over the one that answered the challenge";
    EXPECT_EQ(again.call_id, "0-abc");
    EXPECT_EQ(o.registration.state(), State::registered);
  }
}

TEST(Registration, TakesExpiresHeaderOrItsOwnWish) {
  Office o;
  o.take();
  o.answer(200, {{"Expires", "100"}});
  EXPECT_LE(o.wait(), seconds(90));
  o.take();
  o.answer(200);
  EXPECT_GE(o.wait(), seconds(480));
}

TEST(Registration, DoesNotRunWildOnTinyExpires) {
  Office o;
  o.take();
  o.answer(200, {{"Expires", "0"}});
  EXPECT_GE(o.wait(), seconds(8));
}

TEST(Registration, TriesTheNextServerAtOnceWhenOneIsSilent) {
  Office o;
  o.take();
  o.silence();
  EXPECT_EQ(o.registration.state(), State::unreachable);
  EXPECT_EQ(o.registration.text(), "no answer");
  const auto second = o.take();
  EXPECT_EQ(second.flow.remote.text(), "192.0.2.2:5060");
  EXPECT_GT(second.cseq, 1u);
  o.answer(200);
  EXPECT_EQ(o.registration.state(), State::registered);
  EXPECT_EQ(o.registration.server(), "192.0.2.2");
  o.wait();
  EXPECT_EQ(o.take().flow.remote.text(), "192.0.2.2:5060") << "it stays where it was taken";
}

TEST(Registration, BacksOffWhenAllAreSilent) {
  Office o;
  seconds least{5};
  for (int round = 0; round < 9; ++round) {
    EXPECT_EQ(o.take().flow.remote.text(), "192.0.2.1:5060");
    o.silence();
    EXPECT_EQ(o.take().flow.remote.text(), "192.0.2.2:5060");
    o.silence(503);
    EXPECT_EQ(o.registration.text(), "could not be sent");
    EXPECT_FALSE(o.registration.take_request());
    const auto span = o.wait();
    EXPECT_GE(span, least);
    EXPECT_LE(span, least + least / 5 + seconds(1));
    least = std::min(least * 2, seconds(300));
  }
}

TEST(Registration, StartsTheBackOffAnewAfterSuccess) {
  Office o({target("192.0.2.1")});
  for (int i = 0; i < 4; ++i) {
    o.take();
    o.silence();
    o.wait();
  }
  o.take();
  o.answer(200);
  o.wait();
  o.take();
  o.silence();
  EXPECT_LE(o.wait(), seconds(6));
}

TEST(Registration, ARefusalIsAStateAndIsTriedAgain) {
  Office o;
  o.take();
  o.answer(403);
  EXPECT_EQ(o.registration.state(), State::refused);
  EXPECT_EQ(o.registration.text(), "403 Forbidden");
  EXPECT_FALSE(o.registration.take_request()) << "another server would say the same";
  EXPECT_GE(o.wait(), seconds(5));
  o.take();
  o.answer(200);
  EXPECT_EQ(o.registration.state(), State::registered);
}

TEST(Registration, WaitsAsLongAsTheServerAsks) {
  Office o({target("192.0.2.1")});
  o.take();
  o.answer(503, {{"Retry-After", "120"}});
  EXPECT_EQ(o.registration.state(), State::unreachable);
  EXPECT_GE(o.wait(), seconds(120));
}

TEST(Registration, RaisesExpiresWhenTheyAreTooBrief) {
  Office o;
  o.take();
  o.answer(423, {{"Min-Expires", "1800"}});
  EXPECT_EQ(o.contact(o.take()), "<sip:tok@198.51.100.1:5060>;expires=1800");
  o.answer(423, {{"Min-Expires", "1800"}});  // it asks for what it was given
  EXPECT_EQ(o.registration.state(), State::refused);
  EXPECT_FALSE(o.registration.take_request());
}

TEST(Registration, WaitsForAddresses) {
  Office o{std::vector<Registration::Target>{}};
  EXPECT_EQ(o.registration.state(), State::unreachable);
  EXPECT_FALSE(o.registration.take_request());
  EXPECT_EQ(o.registration.deadline(), base::never);
  o.registration.set_targets({target("192.0.2.7")}, o.now);
  EXPECT_EQ(o.take().flow.remote.text(), "192.0.2.7:5060");
}

TEST(Registration, StaysWithItsServerWhenTheListChangesAroundIt) {
  Office o;
  o.take();
  o.answer(200);
  o.registration.set_targets({target("192.0.2.9"), target("192.0.2.1")}, o.now);
  EXPECT_FALSE(o.registration.take_request());
  EXPECT_EQ(o.registration.server(), "192.0.2.1");
  o.registration.set_targets({target("192.0.2.9")}, o.now);
  EXPECT_EQ(o.take().flow.remote.text(), "192.0.2.9:5060");
}

TEST(Registration, LeavesOnce) {
  Office o;
  o.take();
  o.answer(200);
  o.registration.unregister(o.now);
  const auto bye = o.take();
  EXPECT_EQ(o.contact(bye), "<sip:tok@198.51.100.1:5060>;expires=0");
  EXPECT_EQ(bye.headers.at(1).value, "0");
  o.silence();
  EXPECT_EQ(o.registration.state(), State::unregistered);
  EXPECT_FALSE(o.registration.take_request());
  EXPECT_EQ(o.registration.deadline(), base::never);
  o.registration.unregister(o.now);
  EXPECT_FALSE(o.registration.take_request());
}

TEST(Registration, LeavesAfterTheRegisterThatWasUnderWay) {
  Office o;
  o.take();
  o.registration.unregister(o.now);
  EXPECT_FALSE(o.registration.take_request());
  o.answer(200);
  EXPECT_EQ(o.contact(o.take()), "<sip:tok@198.51.100.1:5060>;expires=0");
}

TEST(Registration, SaysNothingWhenItLeavesUnregistered) {
  Office o;
  o.take();
  o.answer(403);
  o.registration.unregister(o.now);
  EXPECT_FALSE(o.registration.take_request());
}

TEST(Registration, IgnoresAnswersNobodyWaitsFor) {
  Office o;
  o.answer(403);
  EXPECT_EQ(o.registration.state(), State::trying);
}

}  // namespace
}  // namespace daedap::sip
