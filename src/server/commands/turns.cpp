#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "server/commands/commands.hpp"
#include "server/turn_rules.hpp"
#include "speech/turn/labelled.hpp"

namespace daedap::server {
namespace {

using namespace speech::turn;

struct Options {
  std::string file, language = "ko", rules;
};

int judge_file(const Options& options) {
  std::ifstream in(options.file, std::ios::binary);
  if (!in) {
    std::cerr << "daedap: cannot read " << options.file << "\n";
    return exit_usage;
  }
  const auto rules = load_turn_rules(options.rules, options.language);
  if (!rules) {
    std::cerr << "daedap: " << rules.error().message() << "\n";
    return exit_failed;
  }
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  Score score;
  for (const LabelledLine& line : parse_labelled(text)) {
    const Verdict v = judge(*rules, line.text, context_of(*rules, line));
    std::printf("%s\t%.3f\t%.*s\n", name(v.state), v.p, static_cast<int>(v.id.size()), v.id.data());
    score.add(line.complete, v.state == State::complete);
  }
  std::printf("accuracy %.4f\ntrue_positive_rate %.4f\nfalse_positive_rate %.4f\n", score.accuracy(),
              score.true_positive_rate(), score.false_positive_rate());
  return exit_good;
}

}  // namespace

void add_turns(CLI::App& app, int& code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("turns", "judges labelled lines: text, complete or incomplete, class, note, between tabs; fit and replay work on calls");
  command->add_option("FILE", options->file, "tab-separated file; a note \"ctx ...\" is what had been asked");
  command->add_option("--lang", options->language, "ko or en")->check(CLI::IsMember({"ko", "en"}));
  command->add_option("--rules", options->rules, "folder of the rules; else the packaged ones");
  command->require_subcommand(0, 1);
  command->callback([options, command, &code] {
    if (!command->get_subcommands().empty()) return;
    if (options->file.empty()) throw CLI::RequiredError("FILE, fit or replay");
    code = judge_file(*options);
  });
  add_turns_fit(*command, code);
  add_turns_replay(*command, code);
}

}  // namespace daedap::server
