#include "call/pause_log.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace daedap::call {
namespace {

using Speaker = LoggedPause::Speaker;
using speech::turn::OtherSpoke;

/// On the call's own time line.
void shift(LoggedPause& one, base::Time answered) {
  const base::Duration by = answered.time_since_epoch();
  one.pause.start -= by;
  one.pause.end -= by;
  if (one.pause.resumed) *one.pause.resumed -= by;
  for (speech::turn::PauseStep& step : one.pause.steps) step.at -= by;
}

}  // namespace

void PauseLog::add(LoggedPause one) {
  if (pauses_.size() < most) pauses_.push_back(std::move(one));
}

void PauseLog::add(const Listening::Paused& paused) {
  add(LoggedPause{.speaker = paused.who == Listening::Who::customer ? Speaker::customer : Speaker::agent, .pause = paused.pause});
}

void PauseLog::add(speech::turn::Pause pause) { add(LoggedPause{.with_ai = true, .pause = std::move(pause)}); }

void PauseLog::on_said(const speech::Said& said) {
  if (said.speaker == speech::Said::Speaker::assistant && ai_.size() < most)
    ai_.push_back({said.start, said.end, said.interrupted});
}

void PauseLog::set_codec(LoggedPause::Speaker speaker, std::string codec) {
  codecs_[static_cast<std::size_t>(speaker)] = std::move(codec);
}

std::vector<LoggedPause> PauseLog::finish(base::Time answered, base::Time over) {
  std::array<std::vector<OtherSpoke>, 2> spoke;  // by who spoke
  spoke[1] = std::exchange(ai_, {});
  for (const LoggedPause& one : pauses_)
    spoke[static_cast<std::size_t>(one.speaker)].push_back({one.pause.start, one.pause.end});
  for (auto& all : spoke) std::ranges::sort(all, {}, &OtherSpoke::start);
  std::vector<LoggedPause> out = std::exchange(pauses_, {});
  for (LoggedPause& one : out) {
    const auto who = static_cast<std::size_t>(one.speaker);
    one.found = label_of(one.pause, spoke[1 - who], over);
    one.codec = codecs_[who];
    shift(one, answered);
  }
  std::ranges::stable_sort(out, {}, [](const LoggedPause& one) { return one.pause.end; });
  return out;
}

}  // namespace daedap::call
