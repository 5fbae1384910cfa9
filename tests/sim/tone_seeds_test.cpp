// One call after the other on bad networks: what was agreed on is what is heard, and every end is an end.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

constexpr double callers_hz = 450, kims_hz = 700, lees_hz = 900;

/// A seed that fails is printed and can be run alone with --gtest_filter.
class ToneSeeds : public Pbx, public ::testing::WithParamInterface<int> {
 protected:
  /// Ten runs share a test, so that the list of tests stays readable.
  static constexpr int runs = 10;

  std::uint64_t dice(std::uint64_t sides) { return random() % sides; }

  void one_run(std::uint64_t seed) {
    random = base::seeded(seed);
    const auto kind = dice(6);
    settings.keep_tapes = false;
    settings.call.no_answer = seconds(kind == 1 ? 3 : 30);
    settings.call.on_miss.fill(call::Fallback::reject);
    open(seed);
    make_network_bad();
    DeskPhone::Settings phone{.answer_after = Millis(100 + dice(1500)), .codecs = any_codecs(), .hz = kims_hz};
    if (kind < 2) phone.answer_after.reset();
    DeskPhone& kim = desk("1002", phone);
    DeskPhone& lee = desk("1004", {.codecs = any_codecs(), .hz = lees_hz});
    Phone::Settings telephone;
    telephone.plan.offer_in_invite = dice(4) != 0;
    telephone.plan.codecs = any_codecs();
    static const Speak minute = tone(callers_hz);
    Phone& caller = dial_operator("1002", {minute, minute, minute, minute, minute}, telephone);
    Cause expected = Cause::operator_no_answer;
    if (kind == 0) expected = cancel(caller);
    else if (kind > 1) expected = talk(caller, kim, lee);
    finish(caller, seconds(100));
    EXPECT_TRUE(before_long([&] { return !kim.talking() && !lee.talking(); })) << "a telephone is left alone";
    ASSERT_EQ(server->ended().size(), 1U);
    EXPECT_EQ(record().cause, expected) << call::name(*record().cause);
    expect_clean();
    expect_operators_free();
  }

  void make_network_bad() {
    Conditions path{.delay = Millis(5 + dice(60)), .jitter = Millis(dice(40))};
    path.loss = static_cast<double>(dice(11)) / 100;
    path.duplicate = static_cast<double>(dice(5)) / 100;
    path.reorder = static_cast<double>(dice(10)) / 100;
    network->set_conditions(path);
  }
  std::vector<std::string> any_codecs() {
    switch (dice(3)) {
      case 0: return {"PCMU"};
      case 1: return {"PCMA"};
      default: return {"PCMA", "PCMU"};
    }
  }
  bool before_long(const std::function<bool()>& what) {
    for (int i = 0; i < 400 && !what(); ++i) run(Millis(100));
    return what();
  }
  static bool hears(const std::vector<std::int16_t>& pcm, double hz) { return share_of_tone(last(pcm, Millis(300)), hz) > 0.4; }
  static const std::vector<std::int16_t>& heard(Phone& phone) { return phone.report().heard; }
  static const std::vector<std::int16_t>& heard(DeskPhone& phone) { return phone.heard(); }

  void expect_both_hear(Phone& caller, DeskPhone& agent, double hz, const char* when) {
    agent.clear();
    EXPECT_TRUE(before_long([&] { return hears(heard(caller), hz); })) << when << ": the caller does not hear the agent";
    EXPECT_TRUE(before_long([&] { return hears(heard(agent), callers_hz); })) << when << ": the agent does not hear the caller";
  }

  Cause cancel(Phone& caller) {
    run(Millis(dice(3000)));
    caller.command([](call::TestCaller& c, base::Time now) { c.cancel(now); });
    return Cause::caller_cancelled;
  }

  Cause talk(Phone& caller, DeskPhone& kim, DeskPhone& lee) {
    DeskPhone* agent = &kim;
    double hz = kims_hz;
    expect_both_hear(caller, *agent, hz, "answered");
    for (auto moves = dice(4); moves > 0 && !HasFailure(); --moves) {
      switch (dice(4)) {
        case 0: hold(caller, *agent, hz); break;
        case 1: held_by_caller(caller, *agent); break;
        case 2: move_media(caller); break;
        default:
          if (agent == &lee) break;
          transfer(kim, lee);
          agent = &lee;
          hz = lees_hz;
      }
      expect_both_hear(caller, *agent, hz, "after a move");
    }
    if (dice(2) == 0) {
      agent->hang_up();
      return Cause::agent_hung_up;
    }
    caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
    return Cause::caller_hung_up;
  }
  /// Presses until it works: a key is in vain while an earlier re-INVITE is still under way.
  bool press(const std::function<void()>& key, const std::function<bool()>& works) {
    for (int i = 0; i < 12 && !works(); ++i) {
      key();
      for (int j = 0; j < 30 && !works(); ++j) run(Millis(100));
    }
    return works();
  }
  void hold(Phone& caller, DeskPhone& agent, double hz) {
    EXPECT_TRUE(press([&] { agent.hold(true); }, [&] { return !hears(heard(caller), hz); })) << "held, and still heard";
    run(Millis(dice(3000)));
    agent.clear();
    EXPECT_TRUE(press([&] { agent.hold(false); }, [&] { return hears(heard(agent), callers_hz); })) << "not resumed";
  }
  void held_by_caller(Phone& caller, DeskPhone& agent) {
    const auto set = [&](bool on) { return [&caller, on] { caller.command([on](auto& c, base::Time now) { (void)c.hold(on, now); }); }; };
    EXPECT_TRUE(press(set(true), [&] { return agent.direction() == sdp::Direction::recvonly; })) << "the agent's telephone does not show it";
    run(Millis(dice(3000)));
    EXPECT_TRUE(press(set(false), [&] { return agent.direction() == sdp::Direction::sendrecv; })) << "not resumed";
  }
  void move_media(Phone& caller) {
    const auto before = caller.caller().local_port();
    EXPECT_TRUE(press([&] { caller.command([](auto& c, base::Time now) { (void)c.reoffer({"PCMA", "PCMU"}, true, now); }); },
                      [&] { return caller.caller().local_port() != before; }));
  }
  void transfer(DeskPhone& from, DeskPhone& to) {
    const std::string target = "sip:1004@" + server->sip_address().text();
    EXPECT_TRUE(press([&] { from.refer(target); }, [&] { return to.talking(); })) << "not transferred";
  }

  base::Random::Source random = base::seeded(0);
};

TEST_P(ToneSeeds, WhoIsConnectedIsHeardAndEachCallEndsOnce) {
  for (int i = 0; i < runs; ++i) {
    const auto seed = static_cast<std::uint64_t>(GetParam() * runs + i);
    SCOPED_TRACE("seed " + std::to_string(seed));
    one_run(seed);
    if (HasFailure()) return;
    close();
  }
}

INSTANTIATE_TEST_SUITE_P(Hundred, ToneSeeds, ::testing::Range(0, 10));

}  // namespace
}  // namespace daedap::sim
