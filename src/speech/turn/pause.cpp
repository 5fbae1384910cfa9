#include "speech/turn/pause.hpp"

#include <utility>

#include "base/utf8.hpp"
#include "speech/turn/taker.hpp"

namespace daedap::speech::turn {
namespace {

void take_up(std::optional<Pause>& before, std::optional<Pause>& running) {
  running = std::exchange(before, std::nullopt);
  running->resumed.reset();
}

}  // namespace

void PauseTracker::on_speech_started(base::Time at, bool new_turn, const Decision& now) {
  if (noise()) take_up(before_, running_);
  if (running_ && at > running_->end) {
    if (!running_->decided) note(now);
    running_->resumed = at;
    if (before_) settle(std::move(*before_));
    before_ = std::exchange(running_, std::nullopt);
  }
  running_.reset();
  if (new_turn) recent_.clear();
  started_ = at;
  new_turn_ = new_turn;
  words_ = false;
}

void PauseTracker::on_speech_stopped(base::Time last_voiced, double theta) {
  if (running_ && running_->end == last_voiced) return;
  running_.emplace();
  running_->start = started_;
  running_->end = last_voiced;
  running_->new_turn = new_turn_;
  running_->theta = theta;
  running_->steps = recent_;
  running_->asked = asked_;
  running_->asks = asks_;
  running_->slot = slot_;
}

void PauseTracker::on_words(PauseStep step) {
  if (step.text.size() > most_text) step.text = std::string(base::utf8_suffix(step.text, most_text));
  words_ = words_ || !step.text.empty();
  if (running_ && !running_->decided) {
    auto& steps = running_->steps;
    if (steps.size() >= most_steps) steps.erase(steps.begin() + most_before);
    steps.push_back(step);
  }
  if (recent_.size() >= most_before) recent_.erase(recent_.begin());
  recent_.push_back(std::move(step));
}

void PauseTracker::on_asked(std::string_view text, const Question& question) {
  asked_ = std::string(base::utf8_suffix(text, most_text));
  asks_ = question.asks;
  slot_ = question.kind;
}

void PauseTracker::on_decision(const Decision& decision) {
  if (noise()) take_up(before_, running_);
  if (!running_ || running_->decided) return;
  note(decision);
  running_->decided = true;
}

void PauseTracker::on_reset() {
  if (running_ && !running_->decided) running_.reset();
}

void PauseTracker::close(const Decision& now) {
  if (noise()) take_up(before_, running_);
  if (before_) settle(std::move(*before_));
  if (running_ && !running_->decided) note(now);
  if (running_) settle(std::move(*running_));
  before_.reset();
  running_.reset();
}

void PauseTracker::note(const Decision& decision) {
  Pause& pause = *running_;
  pause.silence = decision.silence;
  pause.state = decision.state;
  pause.score = decision.score;
  pause.wait = decision.wait;
  pause.features = decision.features;
  pause.cls = decision.verdict.id;
  pause.reasons.assign(decision.verdict.reasons.begin(), decision.verdict.reasons.end());
}

/// What stopped last was no speech: the pause before it goes on.
bool PauseTracker::noise() const {
  return running_ && before_ && !words_ && running_->end - running_->start < shortest_speech;
}

void PauseTracker::settle(Pause pause) {
  if (pause.resumed && *pause.resumed - pause.end < shortest) return;
  if (done_.size() >= most_waiting) done_.pop_front();
  done_.push_back(std::move(pause));
}

std::optional<Pause> PauseTracker::take() {
  if (done_.empty()) return std::nullopt;
  Pause out = std::move(done_.front());
  done_.pop_front();
  return out;
}

}  // namespace daedap::speech::turn
