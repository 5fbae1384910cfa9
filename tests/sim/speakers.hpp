#pragma once

#include "tests/sim/pbx.hpp"

namespace daedap::sim {

/// Stories in which both people of a call are listened to.
struct Speakers : Pbx {
  using Turn = call::SpeakerTurn;
  Speakers() {
    settings.call.listen = true;
    settings.engines.stt.script = [this](int n, int stream) {
      const auto& lines = script[stream];
      const auto i = static_cast<std::size_t>(n);
      return Recognised{.text = i < lines.size() ? lines[i] : "", .partials = {}};
    };
  }
  void hang_up(Phone& caller) {
    caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
    finish(caller);
    run(Millis(200));
  }
  void says(DeskPhone& desk, const std::string& text) { desk.say(speak(text, {.period = 130})); }
  const call::LegFigures& leg(const call::Record& record, const std::string& name) {
    const auto at = std::ranges::find(record.legs, name, &call::LegFigures::name);
    EXPECT_NE(at, record.legs.end()) << name;
    return *at;
  }
  /// "C+text|": of the customer, finished.
  std::string told() const {
    std::string all;
    for (const call::Event& event : server->events()) {
      const auto* turn = std::get_if<Turn>(&event);
      if (turn == nullptr) continue;
      all += turn->speaker == Turn::Speaker::customer ? "C" : "A";
      all += (turn->decision == Turn::Decision::complete ? "+" : "-") + turn->transcript + "|";
    }
    return all;
  }
  int talks() const {
    return static_cast<int>(std::ranges::count_if(server->events(), [](const auto& e) { return std::holds_alternative<call::TalkStarted>(e); }));
  }
  std::map<int, std::vector<std::string>> script;  // by recogniser stream: the customer's, the agent's
};

}  // namespace daedap::sim
