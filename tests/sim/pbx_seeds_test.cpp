// Calls between people on bad networks, with everything that people do to telephones at random times.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

/// A hundred evenings of a small office: up to three callers, three telephones. A seed that fails is
/// printed and can be run alone with --gtest_filter.
class PbxSeeds : public Pbx, public ::testing::WithParamInterface<int> {
 protected:
  /// Ten runs share a test, so that the list of tests stays readable.
  static constexpr int runs = 10;

  std::uint64_t dice(std::uint64_t sides) { return random() % sides; }
  /// A time within the first `limit` of the evening.
  void at(base::Millis limit, std::function<void()> what) {
    world.post_after(Millis(dice(static_cast<std::uint64_t>(limit.count()))), [this, what = std::move(what), evening = evening] {
      if (this->evening == evening) what();
    });
  }

  void one_run(std::uint64_t seed) {
    random = base::seeded(seed);
    make_office();
    open(seed);
    server->command([](call::Switchboard& board, base::Time) {
      board.set_queues({{.number = "8000", .name = "Support", .language = "en", .members = {"1002", "1004"}, .ring = seconds(3)}});
    });
    run(seconds(1));
    make_network_bad();
    for (const char* id : {"1002", "1002", "1004"}) desk(id, any_telephone());
    const auto callers = 1 + dice(3);
    for (std::uint64_t i = 0; i < callers; ++i) make_caller();
    // Only now: a telephone without a socket of its own is none.
    if (dice(8) == 0) network->fail_open(static_cast<int>(1 + dice(6)));
    for (auto& one : desks) make_moves(*one);
    make_commands();
    run(seconds(11));
    for (auto& one : phones) give_up(*one);
    const auto quiet = [&] {
      const auto ended = [](const auto& phone) { return phone->caller().ended() || !phone->caller().answered(); };
      return server->switchboard().calls() == 0 && std::ranges::all_of(phones, ended);
    };
    EXPECT_TRUE(world.run_until(quiet, seconds(150)));
    expect_clean();
    expect_operators_free();

    EXPECT_LE(server->started(), static_cast<int>(callers));
  }

  void make_office() {
    settings.engines = {};
    settings.engines.tts.voice.per_character = Millis(25);
    settings.keep_tapes = false;
    settings.call.no_answer = seconds(static_cast<int>(2 + dice(4)));
    settings.call.transfer_ring = seconds(3);
    settings.call.conversation.no_input_first = seconds(4);
    settings.call.conversation.no_input_again = seconds(2);
    for (call::Fallback& rule : settings.call.on_miss)
      rule = dice(3) == 0 ? call::Fallback::reject : call::Fallback::ai;
    settings.operators.back().on_miss[static_cast<std::size_t>(call::Miss::busy)] = call::Fallback::forward;
    settings.operators.back().forward_to = "1002";
  }
  void make_network_bad() {
    Conditions path{.delay = Millis(5 + dice(60)), .jitter = Millis(dice(40))};
    path.loss = static_cast<double>(dice(15)) / 100;
    path.duplicate = static_cast<double>(dice(5)) / 100;
    path.reorder = static_cast<double>(dice(10)) / 100;
    network->set_conditions(path);
    if (dice(4) == 0) network->fail_send(static_cast<int>(1 + dice(400)));
    const base::Time from = world.now() + Millis(dice(8000));
    if (dice(6) == 0) network->set_outage(server->sip_address(), from, from + seconds(2));
    // A telephone that is gone without a word.
    if (dice(5) == 0) network->set_outage(*base::Address::parse_ip("198.51.100.202", 0), from, base::Time::max());
  }
  DeskPhone::Settings any_telephone() {
    DeskPhone::Settings one{.ring_after = Millis(dice(300)), .answer_after = Millis(dice(3000)), .hz = 0};
    one.early_media = dice(4) == 0;
    if (dice(4) == 0) one.answer_after.reset();
    if (dice(4) == 0) one.reject = std::array{486, 603, 480, 404, 503, 488}[dice(6)];
    if (dice(3) == 0) one.codecs = {"PCMA"};
    return one;
  }
  void make_caller() {
    Phone::Settings phone;
    phone.callee = std::array{"1002", "1002", "1004", "1004", "8000", "1001", "4711"}[dice(7)];
    phone.plan.offer_in_invite = dice(4) != 0;
    phone.plan.hang_up_at_end = dice(2) == 0;
    Phone& one = make_phone({Wait{Millis(dice(6000))}, PressKeys{"1"}, Wait{Millis(dice(3000))}}, std::move(phone));
    at(Millis(2500), [&one] { (void)one.call(); });
    if (dice(3) == 0) at(Millis(9000), [this, &one] { give_up(one); });
    if (dice(2) == 0) move(one, [](call::TestCaller& c, base::Time now) { (void)c.hold(true, now); });
    if (dice(2) == 0) move(one, [](call::TestCaller& c, base::Time now) { (void)c.hold(false, now); });
    if (dice(3) == 0) move(one, [](call::TestCaller& c, base::Time now) { (void)c.reoffer({"PCMA"}, true, now); });
    if (dice(3) == 0) move(one, [](call::TestCaller& c, base::Time now) { c.send_info("application/dtmf-relay", "Signal=5\r\n", now); });
  }
  void move(Phone& phone, std::function<void(call::TestCaller&, base::Time)> what) {
    at(Millis(9000), [&phone, what = std::move(what)] {
      if (phone.caller().answered() && !phone.caller().ended()) phone.command(what);
    });
  }
  void give_up(Phone& phone) {
    if (phone.called_at() == base::Time{}) return;
    phone.command([](call::TestCaller& c, base::Time now) { c.answered() ? c.hang_up(now) : c.cancel(now); });
  }
  void make_moves(DeskPhone& one) {
    if (dice(2) == 0) at(Millis(9000), [&one] { one.hold(true); });
    if (dice(2) == 0) at(Millis(9000), [&one] { one.hold(false); });
    if (dice(2) == 0) at(Millis(9000), [&one] { one.hang_up(); });
    if (dice(4) == 0) at(Millis(9000), [&one] { one.answer(); });
    if (dice(4) == 0) at(Millis(9000), [&one] { one.send_info('3'); });
    if (dice(2) != 0) return;
    const std::string to = "sip:" + std::string(std::array{"1004", "1002", "1001", "4711"}[dice(4)]) + "@" + server->sip_address().text();
    const bool attended = dice(2) == 0;
    at(Millis(9000), [this, &one, to, attended] {
      one.refer(to, attended ? phones.back()->caller().replaces() : "");
    });
  }
  /// What supervisors do by the API.
  void make_commands() {
    const auto each = [this](auto what) {
      at(Millis(9000), [this, what] {
        server->command([&](call::Switchboard& board, base::Time now) {
          for (const call::Record& one : board.running()) what(board, one.call_id, now);
        });
      });
    };
    if (dice(4) == 0) each([](auto& board, auto& id, auto now) { (void)board.transfer(id, "1004", now); });
    if (dice(4) == 0) each([](auto& board, auto& id, auto now) { (void)board.takeover(id, "1002", now); });
    if (dice(8) == 0) each([](auto& board, auto& id, auto now) { (void)board.hang_up(id, Cause::api_hang_up, now); });
  }
  base::Random::Source random = base::seeded(0);
  int evening = 0;
};

TEST_P(PbxSeeds, EachBridgedCallEndsOnceAndLeavesNothing) {
  for (int i = 0; i < runs; ++i) {
    const auto seed = static_cast<std::uint64_t>(GetParam() * runs + i);
    SCOPED_TRACE("seed " + std::to_string(seed));
    one_run(seed);
    if (HasFailure()) return;
    ++evening;
    close();
  }
}

INSTANTIATE_TEST_SUITE_P(Hundred, PbxSeeds, ::testing::Range(0, 10));

}  // namespace
}  // namespace daedap::sim
