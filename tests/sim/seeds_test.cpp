#include "story.hpp"

namespace daedap::sim {
namespace {

/// Two hundred calls on bad networks with bad engines. A seed that fails is printed and can be run
/// alone with --gtest_filter.
class Seeds : public Story, public ::testing::WithParamInterface<int> {
 protected:
  /// Ten runs share a test, so that the list of tests stays readable.
  static constexpr int runs = 10;

  void one_run(std::uint64_t seed) {
    auto random = base::seeded(seed);
    const auto dice = [&](std::uint64_t sides) { return random() % sides; };
    make_engines_bad(dice);
    open(seed);
    Conditions path{.delay = Millis(5 + dice(60)), .jitter = Millis(dice(40))};
    path.loss = static_cast<double>(dice(15)) / 100;
    path.duplicate = static_cast<double>(dice(5)) / 100;
    path.reorder = static_cast<double>(dice(10)) / 100;
    network->set_conditions(path);
    Phone& phone = make_phone(steps(dice));
    if (dice(4) == 0) network->fail_send(static_cast<int>(1 + dice(200)));
    if (dice(8) == 0) network->fail_open(static_cast<int>(1 + dice(4)));
    if (dice(6) == 0) network->set_outage(server->sip_address(), world.now() + seconds(2), world.now() + seconds(4));
    if (phone.call()) {
      // Lost BYEs and INVITEs are resent up to 32 s; a call whose BYE never arrives ends by no input.
      EXPECT_TRUE(world.run_until([&] { return phone.caller().ended() && server->switchboard().calls() == 0; }, seconds(150)));
    }
    expect_clean();
    EXPECT_LE(server->started(), 1);
  }
  template <typename Dice>
  void make_engines_bad(Dice& dice) {
    settings.engines = {};
    settings.engines.tts.voice.per_character = Millis(25);  // short sentences: many calls in little time
    settings.operators.resize(1);
    settings.keep_tapes = false;
    settings.call.conversation.no_input_first = seconds(8);
    settings.call.conversation.no_input_again = seconds(4);
    settings.engines.stt.script = say_in_turn({"영업 시간", "고맙습니다"});
    settings.engines.stt.final_delay = Millis(50 + dice(800));
    settings.engines.llm.first_token = Millis(50 + dice(1500));
    settings.engines.tts.first_audio = Millis(20 + dice(600));
    settings.engines.llm.rules = {{"고맙", "네.", "bye", speech::LlmAction::Kind::hang_up}};
    for (Faults* faults : {&settings.engines.stt.faults, &settings.engines.llm.faults, &settings.engines.tts.faults}) {
      const int nth = 1 + static_cast<int>(dice(3));
      switch (dice(8)) {
        case 0: faults->failing = {nth}; break;
        case 1: faults->refused = {nth}; break;
        case 2: faults->unanswered = {nth}; break;
        case 3: faults->late = {nth}, faults->lateness = Millis(1000 + dice(3000)); break;
        default: break;
      }
    }
  }
  template <typename Dice>
  std::vector<Step> steps(Dice& dice) {
    std::vector<Step> all{Wait{Millis(200 + dice(2500))}, say("영업 시간"), Wait{Millis(dice(3000))}};
    if (dice(2) == 0) all.push_back(PressKeys{"1"});
    if (dice(2) == 0) all.push_back(sound(cough(Millis(80))));
    if (dice(2) == 0) all.push_back(say("고맙습니다"));
    all.push_back(Wait{Millis(dice(2000))});
    return all;
  }
};

TEST_P(Seeds, EachCallEndsOnceAndLeavesNothing) {
  for (int i = 0; i < runs; ++i) {
    const auto seed = static_cast<std::uint64_t>(GetParam() * runs + i);
    SCOPED_TRACE("seed " + std::to_string(seed));
    one_run(seed);
    if (HasFailure()) return;
    phones.clear();
    server.reset();
  }
}

INSTANTIATE_TEST_SUITE_P(TwoHundred, Seeds, ::testing::Range(0, 20));

class Growth : public Story {};

TEST_F(Growth, ManyCallsLeaveNoSocketAndNoSession) {
  settings.keep_tapes = false;
  settings.last_port = 10'399;
  settings.call.debug_calls = false;
  open();
  const std::size_t before = network->open_sockets();
  for (int i = 0; i < 100; ++i) {
    dial({Wait{Millis(200)}});
    world.run_for(Millis(50));
  }
  for (auto& phone : phones) finish(*phone);
  phones.clear();
  EXPECT_EQ(network->open_sockets(), before);
  EXPECT_EQ(server->ended().size(), 100U);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
