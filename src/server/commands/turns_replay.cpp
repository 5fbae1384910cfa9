#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "base/utf8.hpp"
#include "server/commands/commands.hpp"
#include "server/config.hpp"
#include "server/turn_rules.hpp"
#include "server/turns/calibration_file.hpp"
#include "server/turns/pause_files.hpp"
#include "server/turns/recorded_call.hpp"
#include "speech/turn/calibration/replay.hpp"

namespace daedap::server {
namespace {

using namespace speech::turn;

struct Options {
  std::vector<std::string> calls;
  std::string config, weights, rules;
  double theta = 0;  // 0 = as it is
  int lag_ms = 500;
  bool recording = false;
};

/// What one column of the answer is decided with.
struct Setting {
  TakerSettings taker;
  const RuleBook* rules = nullptr;
};

std::size_t speaker_of(const call::LoggedPause& one) { return static_cast<std::size_t>(one.speaker); }

/// One TurnTaker for each speaker of a call, and one for a caller of the AI.
class Column {
 public:
  Column(const Setting& setting, const std::string& language)
      : speakers_{made(setting, language, false), made(setting, language, false)}, caller_(made(setting, language, true)) {}
  Replayed run(const call::LoggedPause& one) {
    Replay& replay = one.with_ai ? caller_ : speakers_[speaker_of(one)];
    return replay.run({one.pause, one.found, !one.with_ai});
  }

 private:
  static Replay made(const Setting& setting, const std::string& language, bool of_ai) {
    return Replay(of_ai ? speech::asking_early(setting.taker) : setting.taker, setting.rules->find(language));
  }
  std::array<Replay, 2> speakers_;
  Replay caller_;
};

struct Sums {
  ReplayTotals then, now, other;
  int pauses = 0, changed = 0;
};

std::string shown(State state, std::optional<base::Duration> decided, double score) {
  char text[64];
  const auto ms = static_cast<long long>(base::to_ms(decided.value_or(base::Duration{})));
  if (decided) std::snprintf(text, sizeof text, "%s %.2f at %lld ms", name(state), score, ms);
  else std::snprintf(text, sizeof text, "%s %.2f, undecided", name(state), score);
  return text;
}

std::string shown(const Replayed& r) { return shown(r.last.state, r.decided, r.last.score); }

void print_pause(const call::LoggedPause& one, bool then_known, const Replayed& now, const Replayed& other) {
  const Pause& p = one.pause;
  std::string words = p.steps.empty() ? "" : p.steps.back().text;
  words = std::string(base::utf8_suffix(words, 60));
  const auto decided = p.decided ? std::optional(p.silence) : std::nullopt;
  const char* speaker = one.speaker == call::LoggedPause::Speaker::customer ? "customer" : "agent";
  std::printf("%9.2f s  %-8s %-8s %5lld ms%s  then: %-28s now: %-28s other: %-28s%s%s\n",
              base::to_ms_f(p.end.time_since_epoch()) / 1000, speaker, std::string(name(one.found.label)).c_str(),
              static_cast<long long>(base::to_ms(one.found.length)),
              one.found.cut_in ? " cut-in" : "       ", then_known ? shown(p.state, decided, p.score).c_str() : "not kept",
              shown(now).c_str(), shown(other).c_str(), words.empty() ? "" : "  ...", words.c_str());
}

void replay_call(const PauseFile& call, bool then_known, const Setting& now, const Setting& other, Sums& sums) {
  std::printf("call %s\n", call.call_id.c_str());
  Column present(now, call.language), changed(other, call.language);
  for (const call::LoggedPause& one : call.pauses) {
    const Replayed a = present.run(one), b = changed.run(one);
    print_pause(one, then_known, a, b);
    ++sums.pauses;
    sums.changed += a.decided != b.decided || a.last.state != b.last.state;
    if (then_known) sums.then.add(one.found.label, one.pause.decided ? std::optional(one.pause.silence) : std::nullopt);
    sums.now.add(one.found.label, a.decided);
    sums.other.add(one.found.label, b.decided);
  }
}

void print_totals(const char* what, const ReplayTotals& t) {
  std::printf("%-6s cut-ins %d of %d holds (%.1f %%), ends answered %d of %d, mean delay %.0f ms\n", what, t.cut_ins, t.holds,
              100 * t.cut_in_share(), t.answered, t.ends, t.mean_delay_ms());
}

base::Result<PauseFile> read_call(const Options& o, const std::string& place, bool& then_known) {
  std::error_code ec;
  const std::filesystem::path path(place);
  const bool folder = std::filesystem::is_directory(path, ec);
  const std::filesystem::path log = folder ? path / pause_file : path;
  then_known = !o.recording && std::filesystem::exists(log, ec);
  if (then_known) return read_pause_log(log);
  if (!folder) return base::fail(base::Code::not_found, "the folder of a call is needed", place);
  return pauses_of_recording(path, {.lag = base::Millis{o.lag_ms}});
}

int fail(const std::string& what) {
  std::cerr << "daedap: " << what << "\n";
  return exit_failed;
}

int run(const Options& o) {
  Config config;
  if (!o.config.empty()) {
    ConfigReading reading = read_config(o.config);
    for (const ConfigFault& fault : reading.faults) std::cerr << fault.text() << "\n";
    if (!reading.faults.empty()) return exit_usage;
    config = std::move(reading.config);
  }
  const auto rules = load_turn_rules(config.turn_rules);
  if (!rules) return fail(rules.error().message());
  const auto other_rules = load_turn_rules(o.rules.empty() ? config.turn_rules : o.rules);
  if (!other_rules) return fail(other_rules.error().message());
  const Setting now{config.call.conversation.turn, &*rules};
  Setting other{now.taker, &*other_rules};
  if (o.theta > 0) other.taker.theta = o.theta;
  if (!o.weights.empty()) {
    const auto calibration = read_calibration(o.weights);
    if (!calibration) return fail(calibration.error().message());
    other.taker.weights = calibration->weights;
    other.taker.holds = calibration->holds;
  }
  std::printf("now: theta %.3f; other: theta %.3f\n", now.taker.theta, other.taker.theta);
  Sums sums;
  for (const std::string& place : o.calls) {
    bool then_known = false;
    const auto call = read_call(o, place, then_known);
    if (!call) return fail(call.error().message());
    if (call->damaged > 0) std::cerr << "daedap: " << place << ": " << call->damaged << " lines could not be read\n";
    replay_call(*call, then_known, now, other, sums);
  }
  std::printf("\n%d pauses, %d decided otherwise\n", sums.pauses, sums.changed);
  if (sums.then.holds + sums.then.ends > 0) print_totals("then", sums.then);
  print_totals("now", sums.now);
  print_totals("other", sums.other);
  return exit_good;
}

}  // namespace

void add_turns_replay(CLI::App& turns, int& code) {
  auto o = std::make_shared<Options>();
  CLI::App* command = turns.add_subcommand(
      "replay", "why did it cut me off: decides a call's pauses again, with other settings (docs/turns.md)");
  command->add_option("CALLS", o->calls, "folders of recorded calls, or their pause logs")->required();
  command->add_option("--config", o->config, "the server's configuration, for the settings of now; else the defaults");
  command->add_option("--theta", o->theta, "other theta")->check(CLI::Range(0.5, 0.99));
  command->add_option("--weights", o->weights, "other weights, as turns fit writes them");
  command->add_option("--rules", o->rules, "folder of other rules");
  command->add_flag("--recording", o->recording, "from the recording and its transcript, though there is a pause log");
  command->add_option("--lag", o->lag_ms, "without a pause log: words come so many ms after the speech")
      ->check(CLI::Range(0, 5000));
  command->callback([o, &code] { code = run(*o); });
}

}  // namespace daedap::server
