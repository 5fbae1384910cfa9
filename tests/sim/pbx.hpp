#pragma once

#include <cmath>
#include <map>
#include <numbers>

#include "sim/desk_phone.hpp"
#include "tests/sim/story.hpp"

namespace daedap::sim {

/// Share of the energy of `pcm` that lies at `hz`: about 1 for a pure tone, 0 for silence.
inline double share_of_tone(std::span<const std::int16_t> pcm, double hz) {
  const double w = 2 * std::numbers::pi * hz / audio::sample_rate;
  double re = 0, im = 0, energy = 0;
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    re += pcm[i] * std::cos(w * static_cast<double>(i));
    im += pcm[i] * std::sin(w * static_cast<double>(i));
    energy += static_cast<double>(pcm[i]) * pcm[i];
  }
  return energy < 1 ? 0 : 2 * (re * re + im * im) / (energy * static_cast<double>(pcm.size()));
}

/// The last `length` of what was heard.
inline std::span<const std::int16_t> last(const std::vector<std::int16_t>& pcm, base::Duration length) {
  const auto n = std::min(pcm.size(), static_cast<std::size_t>(audio::samples_in(length)));
  return std::span(pcm).last(n);
}

/// Stories with operators' telephones: 1002 and 1004 are available.
class Pbx : public Story {
 protected:
  Pbx() { settings.operators.push_back({.id = "1004", .name = "Lee", .language = "en", .status = call::OperatorStatus::available}); }

  /// A telephone, registered for `operator_id`.
  DeskPhone& desk(const std::string& operator_id, DeskPhone::Settings settings = {}) {
    if (!server) open();
    settings.ip = "198.51.100." + std::to_string(201 + desks.size());
    desks.push_back(std::make_unique<DeskPhone>(world, *network, settings, 500 + desks.size()));
    DeskPhone& one = *desks.back();
    contacts[operator_id].push_back({.contact = one.contact(), .flow = one.flow(), .expires = base::Time::max()});
    server->command([&](call::Switchboard& board, base::Time) { board.set_contacts(call::Contacts(contacts)); });
    return one;
  }
  Phone& dial_operator(const std::string& id, std::vector<Step> steps = {Wait{Millis(600'000)}}, Phone::Settings phone = {}) {
    phone.callee = id;
    return dial(std::move(steps), std::move(phone));
  }
  void run(base::Duration time) { world.run_for(time); }
  std::string call_id() {
    const auto running = server->switchboard().running();
    EXPECT_EQ(running.size(), 1U);
    return running.empty() ? "" : running.front().call_id;
  }
  static Speak tone(double hz, base::Millis length = Millis(60'000)) {
    std::vector<std::int16_t> pcm(static_cast<std::size_t>(audio::samples_in(length)));
    for (std::size_t i = 0; i < pcm.size(); ++i)
      pcm[i] = static_cast<std::int16_t>(8000 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / audio::sample_rate));
    return sound(std::move(pcm));
  }
  std::span<const std::int16_t> heard_by(Phone& phone, base::Duration length = seconds(1)) {
    return last(phone.report().heard, length);
  }

  /// Each "in a call" was taken back, so that nobody stays busy for ever.
  void expect_operators_free() {
    std::set<std::pair<std::string, std::string>> busy;
    for (const call::Event& event : server->events()) {
      const auto* change = std::get_if<call::OperatorInCall>(&event);
      if (change == nullptr) continue;
      if (change->in) busy.emplace(change->operator_id, change->call_id);
      else busy.erase({change->operator_id, change->call_id});
    }
    EXPECT_TRUE(busy.empty()) << busy.begin()->first << " stays busy";
  }
  /// Ready for another server on another network.
  void close() {
    phones.clear();
    desks.clear();
    contacts.clear();
    server.reset();
  }

  std::map<std::string, std::vector<sip::Binding>> contacts;
  std::vector<std::unique_ptr<DeskPhone>> desks;
};

}  // namespace daedap::sim
