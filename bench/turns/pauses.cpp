#include "bench/turns/pauses.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "speech/turn/taker.hpp"

namespace daedap::bench {

using namespace speech::turn;
using namespace std::chrono_literals;

namespace {

constexpr int draws = 40;                    // pauses per line
constexpr base::Duration given_up = 5s;

base::Duration from_seconds(double s) {
  return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(s));
}

double morphology_of(const Verdict& v) {
  if (v.id == "C1") return 0.95;
  if (v.state == State::complete) return 0.85;
  return v.kind == Kind::noun || v.kind == Kind::filler ? 0.5 : 0.2;
}

}  // namespace

Pauses::Pauses(const Rules& rules, const std::vector<LabelledLine>& lines, base::Millis lag) : rules_(rules) {
  std::mt19937 random(20260129);
  const auto uniform = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
  const double shape = rules.weight(Weight::hold_shape), scale = rules.weight(Weight::hold_scale);
  for (const LabelledLine& line : lines) {
    const std::size_t cut = line.text.rfind(' ');
    const Context context = context_of(rules, line);
    const double morphology = morphology_of(judge(rules, line.text, context));
    for (int i = 0; i < draws; ++i) {
      Pause p{.line = &line, .context = context, .morphology = morphology};
      p.length = from_seconds(std::min(5.0, 0.2 + scale * std::pow(-std::log(1 - uniform()), 1 / shape)));
      p.before = from_seconds(0.2 * uniform());
      p.lag = from_seconds(std::chrono::duration<double>(lag).count() * uniform());
      p.early = cut == std::string::npos ? "" : line.text.substr(0, cut);
      p.seconds = 0.06 * static_cast<double>(line.text.size());
      pauses_.push_back(std::move(p));
    }
  }
}

// The real decider, in steps of 10 ms.
double Pauses::ours_ms(const Pause& pause, double theta) const {
  TurnTaker taker({.theta = theta}, &rules_);
  if (!pause.line->asked.empty()) taker.on_other_said(pause.line->asked + "?");
  const base::Time end{10s};
  taker.on_speech_started(end - from_seconds(std::max(0.4, pause.seconds)));
  if (!pause.early.empty()) taker.on_text(pause.early, false, 1.0, end - pause.before);
  taker.on_speech_stopped(end);
  bool told = false;
  for (base::Duration s = 200ms; s < given_up; s += 10ms) {
    if (!told && s >= pause.lag) {
      taker.on_text(pause.line->text, false, 1.0, end + pause.lag);
      told = true;
    }
    if (taker.decide(end + s, false)) return base::to_ms_f(s);
  }
  return base::to_ms_f(given_up);
}

double Pauses::inherited_ms(const Pause& pause) {
  const double duration = std::min(1.0, pause.seconds);
  for (double s = 0.4; s < 3.0; s += 0.05) {
    const double morphology = s >= std::chrono::duration<double>(pause.lag).count() ? pause.morphology : 0.5;
    if (0.6 * morphology + 0.2 * duration + 0.2 * std::min(1.0, s) >= 0.65) return 1000 * s;
  }
  return 3000;
}

template <typename Commit>
Outcome Pauses::run(double knob, Commit commit) const {
  Outcome out{.knob = knob};
  std::vector<double> delays;
  int holds = 0, cut = 0;
  for (const Pause& p : pauses_) {
    const double ms = commit(p);
    if (p.line->complete) {
      delays.push_back(ms);
    } else {
      ++holds;
      cut += ms < base::to_ms_f(p.length);
    }
  }
  std::sort(delays.begin(), delays.end());
  for (const double d : delays) out.mean_ms += d / static_cast<double>(delays.size());
  out.median_ms = delays[delays.size() / 2];
  out.p90_ms = delays[delays.size() * 9 / 10];
  out.cut_ins = static_cast<double>(cut) / holds;
  return out;
}

Outcome Pauses::ours(double theta) const {
  return run(theta, [&](const Pause& p) { return ours_ms(p, theta); });
}
Outcome Pauses::fixed(double ms) const {
  return run(ms, [ms](const Pause&) { return ms; });
}
Outcome Pauses::inherited() const { return run(0, inherited_ms); }

namespace {

Outcome between(const Outcome& a, const Outcome& b, double t) {
  const auto mix = [t](double x, double y) { return x + t * (y - x); };
  return {mix(a.knob, b.knob), mix(a.cut_ins, b.cut_ins), mix(a.mean_ms, b.mean_ms), mix(a.median_ms, b.median_ms),
          mix(a.p90_ms, b.p90_ms)};
}

}  // namespace

// The curve runs from many cut-ins to few.
Outcome at_cut_ins(const std::vector<Outcome>& curve, double cut_ins) {
  if (curve.front().cut_ins <= cut_ins) return curve.front();
  for (std::size_t i = 1; i < curve.size(); ++i) {
    if (curve[i].cut_ins > cut_ins) continue;
    const double span = curve[i - 1].cut_ins - curve[i].cut_ins;
    return between(curve[i - 1], curve[i], span <= 0 ? 1 : (curve[i - 1].cut_ins - cut_ins) / span);
  }
  return curve.back();
}

Outcome at_delay(const std::vector<Outcome>& curve, double ms) {
  if (curve.front().mean_ms >= ms) return curve.front();
  for (std::size_t i = 1; i < curve.size(); ++i) {
    if (curve[i].mean_ms < ms) continue;
    const double span = curve[i].mean_ms - curve[i - 1].mean_ms;
    return between(curve[i - 1], curve[i], span <= 0 ? 1 : (ms - curve[i - 1].mean_ms) / span);
  }
  return curve.back();
}

}  // namespace daedap::bench
