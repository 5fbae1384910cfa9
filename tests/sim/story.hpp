#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/utf8.hpp"
#include "call/ear.hpp"
#include "sim/phone.hpp"
#include "sim/server.hpp"
#include "tests/turn_rules.hpp"

namespace daedap::sim {

using base::Millis;
using call::Cause;
using call::Listen;
using call::PressKeys;
using call::Speak;
using call::Step;
using call::Wait;
using std::chrono::seconds;

/// The caller says `text`; 60 ms per character.
inline Speak say(const std::string& text) { return {speak(text, {.period = 72}), text}; }
inline Speak sound(std::vector<std::int16_t> pcm) { return {std::move(pcm), ""}; }

/// A stretch of audio in which somebody speaks, in milliseconds.
struct Stretch {
  std::int64_t from, to;
};

/// Speech in `pcm`; pauses shorter than `gap_ms` do not split it.
inline std::vector<Stretch> speech_in(const std::vector<std::int16_t>& pcm, std::int64_t gap_ms = 250) {
  std::vector<Stretch> all;
  for (std::size_t i = 0; i + 160 <= pcm.size(); i += 160) {
    if (call::loudness(std::span(pcm).subspan(i, 160)) < call::Ear::on_level) continue;
    const auto ms = static_cast<std::int64_t>(i / 16);
    if (!all.empty() && ms - all.back().to < gap_ms)
      all.back().to = ms + 10;
    else
      all.push_back({ms, ms + 10});
  }
  return all;
}

/// Milliseconds of 10 ms blocks with sound.
inline std::int64_t voiced_ms(const std::vector<std::int16_t>& pcm) {
  std::int64_t sum = 0;
  for (const Stretch& s : speech_in(pcm, 11)) sum += s.to - s.from;
  return sum;
}

/// One server, any number of phones, virtual time. Operators: 1001 away (Korean), 1002 available,
/// 1003 away (English).
class Story : public ::testing::Test {
 protected:
  Story() {
    settings.operators = {{.id = "1001", .name = "김지원", .language = "ko", .status = call::OperatorStatus::away},
                          {.id = "1002", .name = "박서준", .language = "ko", .status = call::OperatorStatus::available},
                          {.id = "1003", .name = "Kim", .language = "en", .status = call::OperatorStatus::away}};
    settings.call.debug_calls = true;
    settings.call.conversation.turn_rules = &test::turn_rules();
  }

  /// Starts the server and gives its prompts time to be made.
  void open(std::uint64_t seed = 1) {
    network = std::make_unique<Network>(world, seed);
    network->set_conditions({.delay = Millis(2)});
    server = std::make_unique<Server>(world, *network, settings, seed + 1);
    world.run_for(seconds(3));
  }

  Phone& make_phone(std::vector<Step> steps, Phone::Settings phone = {}) {
    if (!server) open();
    phone.ip = "198.51.100." + std::to_string(phones.size() % 200 + 7);
    phone.sip_port = static_cast<std::uint16_t>(5060 + phones.size() / 200);
    phone.plan.steps = std::move(steps);
    phones.push_back(std::make_unique<Phone>(world, *network, std::move(phone), server->sip_address(), phones.size() + 100));
    return *phones.back();
  }
  /// A phone that calls at once.
  Phone& dial(std::vector<Step> steps, Phone::Settings phone = {}) {
    Phone& p = make_phone(std::move(steps), std::move(phone));
    EXPECT_TRUE(p.call());
    return p;
  }
  /// Runs until the call is over on both ends.
  void finish(Phone& phone, base::Duration limit = seconds(120)) {
    EXPECT_TRUE(world.run_until([&] { return phone.over() && server->switchboard().calls() == 0; }, limit))
        << "the call did not end";
  }
  void run_until_answered(Phone& phone) {
    EXPECT_TRUE(world.run_until([&] { return phone.caller().answered() || phone.over(); }, seconds(10)));
  }
  /// The only call's final record.
  call::Record record() {
    const auto all = server->ended();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? call::Record{} : all.front();
  }
  const Tape& tape() { return *server->tapes().begin()->second; }

  /// After all timers: no session, transaction, call or port is left, and each call ended once.
  void expect_clean() {
    world.run_for(seconds(40));
    EXPECT_EQ(server->switchboard().calls(), 0U);
    EXPECT_EQ(server->sip().sessions(), 0U);
    EXPECT_EQ(server->sip().transactions(), 0U);
    EXPECT_EQ(server->ports().in_use(), 0U);
    EXPECT_EQ(static_cast<int>(server->ended().size()), server->started());
    std::set<std::string> ids;
    for (const call::Record& one : server->ended()) EXPECT_TRUE(ids.insert(one.call_id).second) << one.call_id;
  }

  void TearDown() override {
    if (network) network->set_tap({});  // it looks at what the test's body held
    if (HasFailure() && server) std::cerr << text_of(server->log()).substr(0, 8000);
  }

  World world;
  Server::Settings settings;
  std::unique_ptr<Network> network;
  std::unique_ptr<Server> server;
  std::vector<std::unique_ptr<Phone>> phones;
};

/// The tests that the field's bug lists tell us to own; one suite over several files.
class FieldNotes : public Story {};

inline bool is_rtp(std::span<const std::uint8_t> bytes) {
  return bytes.size() > 12 && bytes[0] == 0x80 && (bytes[1] & 0x7f) < 64;
}

inline std::vector<call::Turn> turns_of(const call::Record& record, speech::Said::Speaker who) {
  std::vector<call::Turn> out;
  for (const call::Turn& turn : record.turns)
    if (turn.speaker == who) out.push_back(turn);
  return out;
}
inline constexpr auto caller_said = speech::Said::Speaker::caller;
inline constexpr auto assistant_said = speech::Said::Speaker::assistant;

}  // namespace daedap::sim
