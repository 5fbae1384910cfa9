#include "speech/turn/taker.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace daedap::speech::turn {
namespace {

constexpr base::Millis shortest_hold{200}, longest_hold{5000};
constexpr base::Millis half_stable{150}, stable{300}, stale{600}, eager_from{150};
constexpr std::size_t longest_text = 2000;
constexpr double surest = 0.98;

}  // namespace

TurnTaker::TurnTaker(const TakerSettings& settings, const Rules* rules) : settings_(settings), rules_(rules) {}

void TurnTaker::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  prosody_.on_frame(frame, info.heard);
}

void TurnTaker::on_speech_started(base::Time at) {
  if (settings_.keep_pauses) pauses_.on_speech_started(at, !running_, this->at(at));
  if (!running_) {
    start_ = at;
    has_text_ = final_ = false;
    text_.clear();
    verdict_ = {};
  } else if (end_ && at > *end_ + shortest_hold) {
    hold_ = this->at(at);
    hold_->state = hold_->state == State::wait ? State::wait : State::incomplete;
    learn(at - *end_);
  }
  running_ = true;
  final_ = false;  // more words will come
  segment_ = at;
  end_.reset();
}

void TurnTaker::on_speech_stopped(base::Time last_voiced) { on_speech_stopped(last_voiced, prosody_.at(last_voiced)); }

void TurnTaker::on_speech_stopped(base::Time last_voiced, const Prosody& voice) {
  if (!running_) return;
  end_ = last_voiced;
  voice_ = voice;
  if (settings_.keep_pauses) pauses_.on_speech_stopped(last_voiced, settings_.theta);
}

void TurnTaker::on_text(std::string_view text, bool final, double confidence, base::Time now) {
  now_ = std::max(now_, now);
  text = text.substr(text.size() > longest_text ? text.size() - longest_text : 0);
  const bool changed = text != text_;
  if (changed) {
    text_ = text;
    text_at_ = now;
  }
  confidence_ = confidence;
  if (changed || final != final_) {
    final_ = final;
    context_.final = final;
    has_text_ = rules_ != nullptr && !text_.empty();
    verdict_ = has_text_ ? judge(*rules_, text_, context_) : Verdict{};
    note_words(now);
  }
}

void TurnTaker::on_judged(const Verdict& verdict, bool final, double confidence, base::Time now) {
  now_ = std::max(now_, now);
  if (!has_text_ || verdict.p != verdict_.p || verdict.words != verdict_.words) text_at_ = now;
  has_text_ = true;
  verdict_ = verdict;
  final_ = context_.final = final;
  confidence_ = confidence;
}

void TurnTaker::note_words(base::Time now) {
  if (!settings_.keep_pauses) return;
  pauses_.on_words({.at = now,
                    .text = text_,
                    .final = final_,
                    .confidence = confidence_,
                    .p = verdict_.p,
                    .state = verdict_.state,
                    .kind = verdict_.kind,
                    .filling = verdict_.filling,
                    .short_answer = verdict_.short_answer,
                    .words = verdict_.words,
                    .cls = std::string(verdict_.id)});
}

void TurnTaker::on_other_said(std::string_view text) {
  context_.question = rules_ ? question_of(*rules_, text) : Question{};
  if (settings_.keep_pauses) pauses_.on_asked(text, context_.question);
}

void TurnTaker::on_cut_in(base::Duration pause) { learn(pause); }

void TurnTaker::learn(base::Duration pause) {
  habit_ = (habit_ * 3 + std::clamp<base::Duration>(pause, shortest_hold, longest_hold)) / 4;
}

// How surely the words are the last ones. Recognisers are late: what came before the end of the
// speech may lack its last word, what came after it seldom does.
double TurnTaker::trust(base::Time now) const {
  const double doubt = confidence_ < 0.5 ? 0.7 : 1.0;
  if (final_) return doubt;
  const base::Time end = end_.value_or(now);
  const base::Duration quiet = now - end;
  const bool old = text_at_ < segment_ || end - text_at_ > stale;
  if (old) return (quiet < stale ? 0.2 : 0.4) * doubt;
  if (text_at_ <= end) return (quiet >= stable ? 1.0 : 0.4) * doubt;
  return (now - text_at_ >= half_stable ? 1.0 : 0.7) * doubt;
}

double TurnTaker::context() const {
  const Question& q = context_.question;
  if (!has_text_ || !q.asks) return 0;
  if (q.kind == SlotKind::yes_no) return verdict_.short_answer ? 1.5 : 0;
  if (q.kind == SlotKind::open) {
    const bool too_short = verdict_.words < 3 && !verdict_.short_answer && verdict_.kind != Kind::command;
    return too_short ? -0.7 : 0;
  }
  if (verdict_.filling == Filling::full) return 1.5;
  return verdict_.filling == Filling::partial ? -2.0 : 0;
}

Features TurnTaker::features(base::Time now) const {
  Features out;
  out.text = has_text_;
  if (has_text_) {
    const double p = std::clamp(verdict_.p, 1 - surest, surest);
    out.lexical = std::log(p / (1 - p));
    out.trust = trust(now);
    out.context = context() * out.trust;
  }
  out.prosody = voice_;
  const double longer = base::to_ms_f(habit_ - base::Millis{400}) / 400;
  out.habit = -0.8 * std::clamp(longer, 0.0, 1.5) * (out.lexical > 0 && out.trust >= 1 ? 0.5 : 1.0);
  return out;
}

/// How long this speaker's pauses are, as the calls have shown or the rules say.
HoldCurve TurnTaker::holds() const {
  HoldCurve out;
  if (!rules_) return out;
  const bool number = verdict_.filling == Filling::partial;
  out.shape = rules_->weight(Weight::hold_shape);
  out.scale = rules_->weight(number ? Weight::number_scale : Weight::hold_scale);
  const auto measured = std::ranges::find(settings_.holds, rules_->language(), &LanguageHolds::language);
  if (measured == settings_.holds.end()) return out;
  if (!number) out.shape = measured->shape, out.scale = measured->scale;
  else if (measured->number_scale > 0) out.scale = measured->number_scale;
  return out;
}

base::Duration TurnTaker::wait(double score) const {
  if (verdict_.state == State::wait) return settings_.wait_state;
  WaitLimits limits{.least = settings_.least_wait};
  if (rules_) {
    const bool number = verdict_.filling == Filling::partial;
    const auto seconds = [](double s) { return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(s)); };
    limits.most = seconds(rules_->weight(number ? Weight::longest_number_wait : Weight::longest_wait));
  }
  const base::Duration out = wait_for(score, settings_.theta, holds(), limits);
  const bool filler = has_text_ && verdict_.kind == Kind::filler;
  return filler ? out + settings_.filler_extra : out;
}

Decision TurnTaker::at(base::Time now) const {
  Decision out;
  out.features = features(now);
  out.score = score(out.features, settings_.weights);
  out.wait = wait(out.score);
  out.speech_end = end_.value_or(now);
  out.silence = std::max(now - out.speech_end, base::Duration{});
  out.verdict = verdict_;
  out.state = verdict_.state == State::wait ? State::wait : out.score >= 0.5 ? State::complete : State::incomplete;
  return out;
}

std::optional<Decision> TurnTaker::decide(base::Time now, bool undecided_voice) {
  if (!running_) return std::nullopt;
  now_ = std::max(now_, now);
  const bool endless = now >= start_ + settings_.max_utterance;
  Decision out = at(now);
  const bool waited = end_ && out.silence >= out.wait && !undecided_voice;
  if (!endless && !waited) return std::nullopt;
  if (!end_) end_ = now;
  out.over = true;
  out.speech_end = *end_;
  out.wait = due(out.wait, now) - *end_;
  running_ = false;
  if (settings_.keep_pauses) pauses_.on_decision(out);
  count_register();
  context_.opener = false;
  return out;
}

// Since when the wait was over: it may have become short only with a late word.
base::Time TurnTaker::due(base::Duration wait, base::Time now) const {
  base::Time out = std::min(*end_ + wait, now);
  if (!has_text_) return out;
  for (const base::Time step : steps()) {
    if (step <= now) out = std::max(out, step);
  }
  return out;
}

// When the words got surer, or will.
std::array<base::Time, 2> TurnTaker::steps() const {
  if (final_) return {text_at_, text_at_};
  if (text_at_ < segment_ || *end_ - text_at_ > stale) return {*end_, *end_ + stale};
  if (text_at_ <= *end_) return {*end_, *end_ + stable};
  return {text_at_, text_at_ + half_stable};
}

void TurnTaker::count_register() {
  if (!has_text_) return;
  if (verdict_.kind == Kind::end || verdict_.kind == Kind::yielding) ++context_.polite;
  if (verdict_.kind == Kind::casual) ++context_.casual;
}

std::optional<Decision> TurnTaker::take_hold() { return std::exchange(hold_, std::nullopt); }

bool TurnTaker::eager(base::Time now) const {
  if (!running_ || !end_ || !has_text_ || verdict_.state == State::wait) return false;
  return now - *end_ >= eager_from && at(now).score >= settings_.eager;
}

base::Time TurnTaker::deadline() const {
  if (!running_) return base::never;
  const base::Time longest = start_ + settings_.max_utterance;
  if (!end_) return longest;
  // The words become surer with time, and the wait shorter.
  base::Time next = *end_ + at(now_).wait;
  for (const base::Time step : steps()) {
    if (step > now_ && has_text_) next = std::min(next, step);
  }
  return std::min(next, longest);
}

void TurnTaker::close_pauses(base::Time now) {
  if (settings_.keep_pauses) pauses_.close(at(now));
}

void TurnTaker::reset() {
  if (settings_.keep_pauses) pauses_.on_reset();
  running_ = false;
  end_.reset();
}

}  // namespace daedap::speech::turn
