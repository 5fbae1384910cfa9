#pragma once

#include <string>
#include <vector>

namespace daedap::server {

/// One thing that `daedap doctor` looked at.
struct Finding {
  enum class State { ok, warning, problem } state = State::ok;
  std::string item;    // "sip port", "call 3f2a..."
  std::string what;    // what is so
  std::string advice;  // what to do; empty = nothing
};
using Findings = std::vector<Finding>;

inline Finding good(std::string item, std::string what) {
  return {Finding::State::ok, std::move(item), std::move(what), {}};
}
inline Finding warning(std::string item, std::string what, std::string advice) {
  return {Finding::State::warning, std::move(item), std::move(what), std::move(advice)};
}
inline Finding problem(std::string item, std::string what, std::string advice) {
  return {Finding::State::problem, std::move(item), std::move(what), std::move(advice)};
}

/// For people, one line each and one more for what to do; broken UTF-8 is replaced.
std::string text_of(const Findings& findings);
/// {"ok":false,"items":[{"item","state","what","do"}]}
std::string json_of(const Findings& findings);
bool any_problem(const Findings& findings);

}  // namespace daedap::server
