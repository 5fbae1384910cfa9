// How well ends of turns are told: labelled sets of text, then simulated pauses beside fixed silences.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "bench/turns/pauses.hpp"
#include "bench/turns/sets.hpp"

namespace daedap::bench {
namespace {

using namespace speech::turn;
using Lines = std::vector<LabelledLine>;

std::optional<Rules> rules_of(const std::string& language) {
  const std::string path = std::string(DAEDAP_SOURCE_DIR) + "/share/turns/" + language + ".rules";
  const auto text = file_text(path);
  if (!text) return std::fprintf(stderr, "cannot read %s\n", path.c_str()), std::nullopt;
  auto rules = Rules::parse(*text);
  if (!rules) return std::fprintf(stderr, "%s: %s\n", path.c_str(), rules.error().message().c_str()), std::nullopt;
  return std::move(*rules);
}

void print(const char* what, const Outcome& o) {
  std::printf("  %-26s cut-ins %5.1f %%   delay mean %5.0f  median %5.0f  p90 %5.0f ms\n", what, 100 * o.cut_ins,
              o.mean_ms, o.median_ms, o.p90_ms);
}

void print_curve(const Rules& rules, const std::string& language, const std::string& set, const Lines& lines,
                 bool results) {
  const Pauses pauses(rules, lines, base::Millis{300});
  std::printf("%s: simulated pauses, words at most 300 ms late\n", set.c_str());
  std::vector<Outcome> ours, fixed;
  for (const double theta : {0.50, 0.60, 0.70, 0.75, 0.80, 0.85, 0.90, 0.93, 0.95, 0.97, 0.98, 0.99}) {
    ours.push_back(pauses.ours(theta));
    char name[32];
    std::snprintf(name, sizeof name, "theta %.2f%s", theta, theta == 0.95 ? " (default)" : "");
    print(name, ours.back());
  }
  for (double ms = 200; ms <= 2200; ms += 50) fixed.push_back(pauses.fixed(ms));
  print("fixed 500 ms", pauses.fixed(500));
  print("fixed 800 ms", pauses.fixed(800));
  print("0.6/0.2/0.2, our classes", pauses.inherited());
  print("ours at 5 % cut-ins", at_cut_ins(ours, 0.05));
  print("fixed at 5 % cut-ins", at_cut_ins(fixed, 0.05));
  print("ours at 300 ms", at_delay(ours, 300));
  std::printf("\n");
  if (!results) return;
  std::printf("RESULT turns_%s_delay_ms_at_5pct %.0f ms\n", language.c_str(), at_cut_ins(ours, 0.05).mean_ms);
  std::printf("RESULT turns_%s_cutins_pct_at_300ms %.2f %%\n", language.c_str(), 100 * at_delay(ours, 300).cut_ins);
}

Lines lines_of(const std::string& path) {
  const auto text = file_text(path);
  if (!text) {
    std::printf("SKIPPED %s: cannot be read (give the folder of the development sets as argument or in DAEDAP_TURN_SETS)\n\n",
                path.c_str());
    return {};
  }
  return parse_labelled(*text);
}

bool bench_language(const std::string& language, const std::string& folder) {
  const auto rules = rules_of(language);
  if (!rules) return false;
  const std::string own = std::string(DAEDAP_SOURCE_DIR) + "/tests/speech/data/turns_" + language;
  const Lines dev = lines_of(folder + "/" + language + "_dev.tsv");
  if (!dev.empty()) {
    const Score score = print_set(*rules, language + "_dev", dev);
    const char* name = language.c_str();
    std::printf("RESULT turns_%s_dev_accuracy %.4f\n", name, score.accuracy());
    std::printf("RESULT turns_%s_dev_tpr %.4f\n", name, score.true_positive_rate());
    std::printf("RESULT turns_%s_dev_fpr %.4f\n\n", name, score.false_positive_rate());
  }
  const Lines written = lines_of(own + "_own.tsv"), held_out = lines_of(own + "_held_out.tsv");
  if (!written.empty()) print_set(*rules, "own sentences, " + language + ", the rules were mended on them", written);
  if (!held_out.empty()) print_set(*rules, "own sentences, " + language + ", written after the rules", held_out);
  if (!dev.empty()) print_curve(*rules, language, language + "_dev", dev, true);
  if (!held_out.empty()) print_curve(*rules, language, "sentences written after the rules", held_out, dev.empty());
  const double us = decision_us(*rules, written);
  std::printf("RESULT turn_decision_us_%s %.2f us\n\n", language.c_str(), us);
  return true;
}

}  // namespace
}  // namespace daedap::bench

int main(int argc, char** argv) {
  const char* set = std::getenv("DAEDAP_TURN_SETS");
  const std::string folder = argc > 1 ? argv[1] : set ? set : std::string(DAEDAP_SOURCE_DIR) + "/../shared/turns";
  const bool ko = daedap::bench::bench_language("ko", folder);
  const bool en = daedap::bench::bench_language("en", folder);
  return ko && en ? 0 : 1;
}
