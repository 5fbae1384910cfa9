#include "server/doctor/finding.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace daedap::server {
namespace {

const char* name(Finding::State state) {
  switch (state) {
    case Finding::State::ok:
      return "ok";
    case Finding::State::warning:
      return "warning";
    case Finding::State::problem:
      return "problem";
  }
  return "problem";
}

}  // namespace

bool any_problem(const Findings& findings) {
  return std::ranges::any_of(findings, [](const Finding& f) { return f.state == Finding::State::problem; });
}

std::string text_of(const Findings& findings) {
  std::string out;
  for (const Finding& f : findings) {
    std::string state = name(f.state);
    state.resize(9, ' ');
    out += state + f.item + ": " + f.what + "\n";
    if (!f.advice.empty()) out += "         -> " + f.advice + "\n";
  }
  const auto count = [&](Finding::State s) { return std::ranges::count(findings, s, &Finding::state); };
  out += std::to_string(count(Finding::State::problem)) + " problems, " +
         std::to_string(count(Finding::State::warning)) + " warnings, " +
         std::to_string(count(Finding::State::ok)) + " good\n";
  return base::valid_utf8(out);
}

std::string json_of(const Findings& findings) {
  nlohmann::ordered_json items = nlohmann::ordered_json::array();
  for (const Finding& f : findings)
    items.push_back({{"item", base::valid_utf8(f.item)},
                     {"state", name(f.state)},
                     {"what", base::valid_utf8(f.what)},
                     {"do", base::valid_utf8(f.advice)}});
  return nlohmann::ordered_json{{"ok", !any_problem(findings)}, {"items", items}}.dump() + "\n";
}

}  // namespace daedap::server
