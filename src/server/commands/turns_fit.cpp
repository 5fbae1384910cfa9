#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include "server/commands/commands.hpp"
#include "server/turns/fitting.hpp"
#include "server/turns/pause_files.hpp"
#include "store/recording_folder.hpp"

namespace daedap::server {
namespace {

using namespace speech::turn;

struct Options {
  std::vector<std::string> places;
  std::string state, before, out, codec, language;
};

int fail(const base::Error& error) {
  std::cerr << "daedap: " << error.message() << "\n";
  return exit_failed;
}

/// Those that were asked for; says how many lines could not be read.
base::Result<std::vector<PauseFile>> read_calls(const Options& o, const std::vector<std::filesystem::path>& files) {
  std::vector<PauseFile> calls;
  std::size_t damaged = 0;
  for (const auto& file : files) {
    auto call = read_pause_log(file);
    if (!call) return tl::unexpected(call.error());
    damaged += call->damaged;
    if (!o.language.empty() && !call->language.starts_with(o.language)) continue;
    if (!o.codec.empty()) std::erase_if(call->pauses, [&](const call::LoggedPause& p) { return p.codec != o.codec; });
    calls.push_back(std::move(*call));
  }
  if (damaged > 0) std::cerr << "daedap: " << damaged << " lines could not be read and are left out\n";
  return calls;
}

void print_reliability(const Fitted& fitted) {
  const Reliability &a = fitted.before_held, &b = fitted.after_held;
  std::printf("\n%-12s %10s %10s\n", "", "before", "after");
  std::printf("%-12s %10.4f %10.4f\n", "brier", a.brier, b.brier);
  std::printf("%-12s %10.4f %10.4f   (expected calibration error, 10 bins; to reach: 0.03)\n", "ece", a.ece, b.ece);
  std::printf("after: each call judged by weights that did not see it, %zu folds\n", Fitted::folds);
  std::printf("\n%-9s %8s %8s %8s\n", "score", "pauses", "said", "came");
  for (std::size_t i = 0; i < Reliability::bins; ++i) {
    const auto& bin = b.by_tenth[i];
    if (bin.count > 0)
      std::printf("%.1f-%.1f   %8zu %8.3f %8.3f\n", static_cast<double>(i) / 10, static_cast<double>(i + 1) / 10, bin.count,
                  bin.said, bin.came);
  }
}

void print_fitted(const Fitted& fitted) {
  std::printf("%-12s %10s %10s\n", "weight", "before", "after");
  for (const WeightName& one : weight_table)
    std::printf("%-12.*s %10.4f %10.4f\n", static_cast<int>(one.name.size()), one.name.data(),
                fitted.before.weights.*one.weight, fitted.after.weights.*one.weight);
  print_reliability(fitted);
  for (const LanguageHolds& one : fitted.after.holds) {
    std::printf("\nholds %s     k %.3f, tau %.3f s", one.language.c_str(), one.shape, one.scale);
    if (one.number_scale > 0) std::printf(", within numbers tau %.3f s", one.number_scale);
  }
  std::printf("%s\n", fitted.after.holds.empty() ? "\nholds: too few, or not fitted by the curve; the rules' own stay" : "");
}

int run(const Options& o) {
  std::vector<std::string> places = o.places;
  if (!o.state.empty()) places.push_back(o.state + "/recordings");
  if (places.empty()) throw CLI::RequiredError("files, folders or --state");
  Calibration before;
  if (!o.before.empty()) {
    auto read = read_calibration(o.before);
    if (!read) return fail(read.error());
    before = std::move(*read);
  }
  const auto files = find_pause_logs(places);
  if (!files) return fail(files.error());
  const auto calls = read_calls(o, *files);
  if (!calls) return fail(calls.error());
  const Fitted fitted = fit(*calls, before);
  std::printf("%zu calls, %zu pauses: %zu holds, %zu ends, %zu censored\n\n", fitted.calls,
              fitted.labels() + fitted.censored, fitted.holds, fitted.ends, fitted.censored);
  if (const std::string why = fitted.too_few(); !why.empty()) {
    std::cerr << "daedap: nothing was fitted: " << why << "\n";
    return exit_failed;
  }
  print_fitted(fitted);
  if (fitted.labels() < Fitted::enough_labels)
    std::printf("note: %zu labels; about %zu are wanted before weights are trusted\n", fitted.labels(), Fitted::enough_labels);
  if (fitted.after_held.brier > fitted.before_held.brier)
    std::printf("note: the new weights foretell worse than those before; do not use them\n");
  if (o.out.empty()) return exit_good;
  if (const auto done = store::write_atomically(o.out, write_calibration(fitted.after, fitted.labels()), store::Sync::now); !done)
    return fail(done.error());
  std::printf("written to %s: set turn.weights to it\n", o.out.c_str());
  return exit_good;
}

}  // namespace

void add_turns_fit(CLI::App& turns, int& code) {
  auto o = std::make_shared<Options>();
  CLI::App* command = turns.add_subcommand("fit", "learns weights from the pauses of past calls (docs/turns.md)");
  command->add_option("PLACES", o->places, "pause logs, or folders with some below them");
  command->add_option("--state", o->state, "the server's state folder: all its calls");
  command->add_option("--weights", o->before, "weights to start from; else those of the specification");
  command->add_option("--out", o->out, "file for turn.weights");
  command->add_option("--codec", o->codec, "only speakers with this codec: PCMU, PCMA, G722, opus, GSM");
  command->add_option("--lang", o->language, "only calls in ko or en")->check(CLI::IsMember({"ko", "en"}));
  command->callback([o, &code] { code = run(*o); });
}

}  // namespace daedap::server
