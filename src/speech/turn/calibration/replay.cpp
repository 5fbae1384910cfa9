#include "speech/turn/calibration/replay.hpp"

#include <algorithm>
#include <chrono>

namespace daedap::speech::turn {
namespace {

constexpr base::Millis step{10}, soonest{100};
constexpr std::chrono::seconds longest{12};

TakerSettings unending(TakerSettings settings) {
  settings.max_utterance = std::chrono::hours(24);
  settings.keep_pauses = false;
  return settings;
}

Verdict verdict_of(const PauseStep& s) {
  Verdict v;
  v.p = s.p;
  v.state = s.state;
  v.id = s.cls;
  v.kind = s.kind;
  v.filling = s.filling;
  v.short_answer = s.short_answer;
  v.words = s.words;
  return v;
}

}  // namespace

Replay::Replay(const TakerSettings& settings, const Rules* rules) : taker_(unending(settings), rules) {}

void Replay::tell(const PauseStep& s) {
  if (!s.text.empty()) taker_.on_text(s.text, s.final, s.confidence, s.at);
  else if (s.words > 0) taker_.on_judged(verdict_of(s), s.final, s.confidence, s.at);
}

Replayed Replay::run(const ReplayInput& input) {
  const Pause& pause = input.pause;
  if (pause.new_turn) taker_.reset();
  if (!pause.asked.empty()) taker_.on_other_said(pause.asked);
  else taker_.on_asked({.said = pause.asks, .asks = pause.asks, .kind = pause.slot});
  taker_.on_speech_started(pause.start);
  auto next = pause.steps.begin();
  bool final = false;
  const auto tell_until = [&](base::Time now) {
    for (; next != pause.steps.end() && next->at <= now; ++next) {
      tell(*next);
      final = final || (next->final && next->at >= pause.start);
    }
  };
  tell_until(pause.end);
  taker_.on_speech_stopped(pause.end, pause.features.prosody);
  const bool hold = input.found.label == PauseLabel::hold;
  const base::Duration until = hold ? input.found.length : longest;
  Replayed out;
  for (base::Duration s = soonest; s < until; s += step) {
    tell_until(pause.end + s);
    if (input.waits_for_final && !final) continue;
    const auto decision = taker_.decide(pause.end + s, false);
    if (!decision) continue;
    out.decided = s;
    out.last = *decision;
    if (hold) taker_.on_cut_in(until);
    return out;
  }
  out.last = taker_.at(pause.end + until);
  if (!hold) taker_.reset();
  return out;
}

void ReplayTotals::add(PauseLabel label, std::optional<base::Duration> decided) {
  if (label == PauseLabel::hold) {
    ++holds;
    cut_ins += decided ? 1 : 0;
  } else if (label == PauseLabel::eot) {
    ++ends;
    answered += decided ? 1 : 0;
    delay_ms += decided ? base::to_ms_f(*decided) : 0;
  }
}

}  // namespace daedap::speech::turn
