#include <gtest/gtest.h>

#include <map>
#include <queue>

#include "base/random.hpp"
#include "sip/desk.hpp"

namespace daedap::sip {
namespace {

/// What the wire does to each datagram, in percent.
struct Weather {
  unsigned lose = 0;
  unsigned repeat = 0;
  Millis delay{20};
  Millis jitter{0};  // more than the gap between two messages reorders them
};

/// One side: an endpoint and a user who answers by rote, and what the user came to know.
struct Side {
  Side(const char* ip, std::uint64_t seed) : random(base::seeded(seed)), flow(udp(ip)) {
    EndpointSettings s;
    s.advertised = flow.remote;
    endpoint = std::make_unique<Endpoint>(s, random);
  }

  base::Random random;
  Flow flow;
  std::unique_ptr<Endpoint> endpoint;
  bool rejects = false;
  bool up = false;        // thinks a call stands
  int begun = 0, ended = 0;
  int answers = 0;        // AcceptedIn + AckIn
  SessionId session{};
  std::string last_sdp;
};

/// Two endpoints back to back over a wire in virtual time.
class Wire {
 public:
  Wire(std::uint64_t seed, Weather weather)
      : weather_(weather), dice_(base::seeded(seed)),
        caller("192.0.2.1", seed * 3 + 1), callee("192.0.2.2", seed * 3 + 2) {}

  void call(const std::string& offer) {
    caller.session = caller.endpoint->invite({.target = "sip:b@192.0.2.2",
                                              .from = "<sip:a@192.0.2.1>",
                                              .flow = callee.flow,
                                              .offer = offer},
                                             now);
    ++caller.begun;
    pump();
  }
  /// Runs both sides and the wire up to `end`.
  void run_for(base::Duration span) {
    const Time end = now + span;
    for (;;) {
      Time next = std::min(caller.endpoint->deadline(), callee.endpoint->deadline());
      if (!air_.empty()) next = std::min(next, air_.begin()->first);
      if (next > end) break;
      now = std::max(now, next);
      caller.endpoint->on_time(now);
      callee.endpoint->on_time(now);
      pump();
      deliver();
    }
    now = end;
  }
  void pump() {
    drain(caller, callee);
    drain(callee, caller);
  }

  Time now{seconds(1)};
  int lost = 0;

 private:
  void deliver() {
    while (!air_.empty() && air_.begin()->first <= now) {
      auto [to, bytes] = std::move(air_.begin()->second);
      air_.erase(air_.begin());
      to->endpoint->on_message(bytes, to == &caller ? callee.flow : caller.flow, now);
      pump();
    }
  }
  void transmit(Side& to, const std::string& bytes) {
    if (dice_.u32() % 100 < weather_.lose) {
      ++lost;
      return;
    }
    const int copies = dice_.u32() % 100 < weather_.repeat ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const auto jitter = weather_.jitter.count() ? dice_.u32() % weather_.jitter.count() : 0;
      air_.emplace(now + weather_.delay + Millis(jitter), std::pair(&to, bytes));
    }
  }
  void drain(Side& side, Side& other) {
    while (auto out = side.endpoint->take_output()) {
      if (auto* send = std::get_if<Send>(&*out)) {
        EXPECT_EQ(send->flow, other.flow);
        transmit(other, send->bytes);
      } else {
        std::visit([&](auto& e) { on(side, e); }, *out);
      }
    }
  }

  void on(Side&, Send&) {}
  void on(Side&, Noticed&) {}
  void on(Side&, RequestIn&) {}
  void on(Side&, ResponseIn&) {}
  void on(Side&, ReferIn&) {}
  void on(Side&, ReferStatusIn&) {}
  void on(Side&, ProgressIn&) {}
  void on(Side&, InfoIn&) {}
  void on(Side& s, InviteIn& e) {
    s.session = e.session;
    ++s.begun;
    s.endpoint->ring(e.session, now);
    if (s.rejects) {
      s.endpoint->reject(e.session, 486, now);
      ++s.ended;
      return;
    }
    s.endpoint->accept(e.session, e.offer.empty() ? "v=0 offer of B" : "v=0 answer of B", now);
    s.up = true;
  }
  void on(Side& s, OfferIn& e) {
    s.last_sdp = e.offer;
    s.endpoint->answer_offer(e.session, "v=0 answer", now);
  }
  void on(Side& s, AckIn&) { ++s.answers; }
  void on(Side& s, AcceptedIn& e) {
    s.up = true;
    ++s.answers;
    if (e.answer == "v=0 offer of B") s.endpoint->ack(e.session, "v=0 answer of A", now);
  }
  void on(Side& s, RejectedIn& e) {
    if (!e.alive) down(s);
  }
  void on(Side& s, CancelIn&) { down(s); }
  void on(Side& s, ByeIn&) { down(s); }
  void on(Side& s, LostIn&) { down(s); }
  void down(Side& s) {
    s.up = false;
    ++s.ended;
  }

  Weather weather_;
  base::Random dice_;
  std::multimap<Time, std::pair<Side*, std::string>> air_;

 public:
  Side caller, callee;
};

void expect_clean(Wire& wire, std::uint64_t seed) {
  wire.run_for(seconds(400));
  for (Side* side : {&wire.caller, &wire.callee}) {
    EXPECT_EQ(side->endpoint->sessions(), 0u) << "seed " << seed;
    EXPECT_EQ(side->endpoint->transactions(), 0u) << "seed " << seed;
    EXPECT_EQ(side->endpoint->deadline(), base::never) << "seed " << seed;
  }
}

TEST(Wire, CleanCallNeedsNoRetransmission) {
  Wire w(1, {});
  w.call("v=0 offer");
  w.run_for(seconds(5));
  EXPECT_TRUE(w.caller.up && w.callee.up);
  EXPECT_EQ(w.callee.answers, 1);
  w.caller.endpoint->hang_up(w.caller.session, w.now);
  w.pump();
  expect_clean(w, 1);
  EXPECT_EQ(w.callee.ended, 1);
}

TEST(Wire, LateOfferIsAnsweredInTheAck) {
  Wire w(1, {});
  w.call("");
  w.run_for(seconds(5));
  EXPECT_TRUE(w.caller.up && w.callee.up);
  EXPECT_EQ(w.callee.answers, 1);
  w.callee.endpoint->hang_up(w.callee.session, w.now);
  w.pump();
  expect_clean(w, 1);
  EXPECT_EQ(w.caller.ended, 1);
}

TEST(Wire, OffersOfBothSidesAtOnceAreBothCarriedOut) {  // glare, RFC 3261 §14.1
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Wire w(seed, {});
    w.call("v=0 offer");
    w.run_for(seconds(2));
    w.caller.endpoint->offer(w.caller.session, "v=0 from A", w.now);
    w.callee.endpoint->offer(w.callee.session, "v=0 from B", w.now);
    w.pump();
    w.run_for(seconds(20));
    EXPECT_EQ(w.callee.last_sdp, "v=0 from A") << "seed " << seed;
    EXPECT_EQ(w.caller.last_sdp, "v=0 from B") << "seed " << seed;
    EXPECT_TRUE(w.caller.up && w.callee.up) << "seed " << seed;
    w.callee.endpoint->hang_up(w.callee.session, w.now);
    w.pump();
    expect_clean(w, seed);
  }
}

/// One whole call in bad weather; which story it is follows from the seed.
void live_through(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Wire w(seed, {.lose = 20, .repeat = 10, .delay = Millis(30), .jitter = Millis(120)});
  const std::uint64_t story = seed % 6;
  w.callee.rejects = story == 5;
  w.call(story == 1 ? "" : "v=0 offer");
  if (story == 2) {  // gives up at once, perhaps while the 200 is on its way
    w.run_for(Millis(50 + seed % 7 * 40));
    const bool answered = w.caller.up;  // too late for a CANCEL: hung up, in silence
    w.caller.endpoint->cancel(w.caller.session, w.now);
    w.pump();
    w.run_for(seconds(100));
    EXPECT_EQ(w.caller.ended, answered ? 0 : 1);
    EXPECT_FALSE(w.callee.up);
    w.caller.up = false;
  } else if (story == 3) {  // both want something new
    w.run_for(seconds(20));
    w.caller.endpoint->offer(w.caller.session, "v=0 from A", w.now);
    w.callee.endpoint->offer(w.callee.session, "v=0 from B", w.now);
    w.pump();
    w.run_for(seconds(60));
  } else {
    w.run_for(seconds(60));
  }
  const bool talks = story != 2 && story != 5;
  if (talks) {
    EXPECT_EQ(w.caller.up, w.callee.up) << "both sides know the same";
  }
  Side& ends = seed % 2 ? w.caller : w.callee;
  Side& hears = seed % 2 ? w.callee : w.caller;
  if (ends.up) {
    ends.endpoint->hang_up(ends.session, w.now);
    w.pump();
    w.run_for(seconds(100));
    EXPECT_FALSE(hears.up);
  }
  EXPECT_LE(w.caller.ended, 1);
  EXPECT_LE(w.callee.ended, 1) << "a call ends once";
  EXPECT_LE(w.callee.begun, 1) << "copies of an INVITE are one call";
  expect_clean(w, seed);
}

TEST(Wire, TwoHundredCallsInBadWeatherEndTheSameOnBothSides) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) live_through(seed);
}

TEST(Wire, MostCallsSurviveBadWeather) {
  int up = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Wire w(seed, {.lose = 20, .delay = Millis(30), .jitter = Millis(120)});
    w.call("v=0 offer");
    w.run_for(seconds(40));
    up += w.caller.up && w.callee.up && w.callee.answers == 1;
  }
  EXPECT_GE(up, 98) << "20 % loss costs time, not calls";
}

TEST(Wire, DeadNetworkLeavesNothingBehind) {
  Wire w(7, {});
  w.call("v=0 offer");
  w.run_for(seconds(5));
  ASSERT_TRUE(w.caller.up && w.callee.up);
  Wire dead(7, {.lose = 100});
  dead.call("v=0 offer");
  expect_clean(dead, 7);
  EXPECT_EQ(dead.caller.ended, 1);
}

TEST(Wire, ManyCallsInARowLeaveNothingBehind) {
  Wire w(11, {.lose = 2});
  for (int i = 0; i < 300; ++i) {
    w.call("v=0 offer");
    w.run_for(Millis(300));
    w.caller.endpoint->hang_up(w.caller.session, w.now);
    w.pump();
  }
  expect_clean(w, 11);
}

}  // namespace
}  // namespace daedap::sip
