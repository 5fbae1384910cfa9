#include "speech/turn_end.hpp"

#include <algorithm>

namespace daedap::speech {

base::Duration turn_wait(Cue cue, const Settings& settings) {
  const base::Duration base = settings.end_of_turn;
  base::Duration wait = base;
  switch (cue) {
    case Cue::complete: wait = base / 2; break;
    case Cue::neutral: break;
    case Cue::open: wait = base * 2; break;
    case Cue::filler: wait = base * 5 / 2; break;
  }
  return std::max<base::Duration>(wait, settings.vad.min_silence);
}

void TurnEnd::on_speech_started(base::Time at) {
  if (!running_) {
    start_ = at;
    cue_ = Cue::neutral;
  }
  running_ = true;
  end_.reset();
}

void TurnEnd::on_speech_stopped(base::Time last_voiced) {
  if (running_) end_ = last_voiced;
}

void TurnEnd::on_text(std::string_view text) { cue_ = turn_cue(text, settings_.language); }

bool TurnEnd::decided(base::Time now, bool undecided_voice) {
  if (!running_) return false;
  const bool endless = now >= start_ + settings_.max_utterance;
  const bool waited = end_ && now >= *end_ + wait() && !undecided_voice;
  if (!endless && !waited) return false;
  if (!end_) end_ = now;
  running_ = false;
  return true;
}

double TurnEnd::score() const {
  switch (cue_) {
    case Cue::complete: return 0.9;
    case Cue::neutral: return 0.5;
    case Cue::open: return 0.15;
    case Cue::filler: return 0.05;
  }
  return 0.5;
}

base::Time TurnEnd::deadline() const {
  if (!running_) return base::never;
  const base::Time longest = start_ + settings_.max_utterance;
  return end_ ? std::min(*end_ + wait(), longest) : longest;
}

void TurnEnd::reset() {
  running_ = false;
  end_.reset();
}

}  // namespace daedap::speech
