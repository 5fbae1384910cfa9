// Limits of time: a caller who says nothing, a call that lasts too long, a farewell that hangs.
#include <algorithm>
#include <utility>

#include "speech/conversation_impl.hpp"

namespace daedap::speech {
namespace {

constexpr std::chrono::seconds warning_before{30};

}  // namespace

bool Conversation::Impl::idle() const {
  return state_ == State::listening && !standing_by_ && !turn_ && !taker_.running() && !listener_.awaiting_final() &&
         !listener_.voice().speaking();
}

base::Duration Conversation::Impl::patience() const {
  return silences_ == 0 ? settings_.no_input_first : settings_.no_input_again;
}

base::Time Conversation::Impl::limits_deadline() const {
  if (finish_by_) return *finish_by_;
  base::Time at = answered_at_ + settings_.max_call;
  if (!warned_ && settings_.max_call > 2 * warning_before) at -= warning_before;
  if (idle() && !held_since_) at = std::min(at, idle_since_ + patience());
  return at;
}

// A caller who holds us hears no question and owes no answer; the length of the call still counts.
void Conversation::Impl::on_hold(bool held, base::Time now) {
  if (held == held_since_.has_value()) return;
  now_ = std::max(now_, now);
  if (!held) idle_since_ += now_ - std::max(*held_since_, idle_since_);
  held_since_ = held ? std::optional(now_) : std::nullopt;
}

void Conversation::Impl::stand_by(bool on, base::Time now) {
  if (on == standing_by_ || !running() || state_ == State::finishing) return;
  now_ = idle_since_ = std::max(now_, now);
  standing_by_ = on;
  if (!on) return;
  drop_ahead();
  // An answer that is being made, or is due after what the caller threw in, would come too late.
  cut_reply(now_);
  settle_turn(asked_, {});
  if (std::exchange(waits_for_end_, false)) settle_turn(turn_, {});
  state_ = State::listening;
}

void Conversation::Impl::watch_limits(base::Time now) {
  if (!running()) return;
  if (finish_by_) {
    if (now < *finish_by_) return;
    cut_reply(now);
    emit(Finished{finish_why_});
    state_ = State::over;
    return;
  }
  const base::Time last = answered_at_ + settings_.max_call;
  if (now >= last) return finish(Finished::Why::too_long, now);
  if (!warned_ && settings_.max_call > 2 * warning_before && now >= last - warning_before) {
    warned_ = true;
    if (state_ != State::taking_message) say(phrase(Phrase::closing_soon, settings_.language), now);
  }
  watch_silence(now);
}

void Conversation::Impl::watch_silence(base::Time now) {
  if (!idle() || held_since_ || now < idle_since_ + patience()) return;
  switch (silences_++) {
    case 0: return notice(Phrase::still_there, now);
    case 1: return notice(Phrase::still_there_again, now);
    default: return finish(Finished::Why::no_input, now);
  }
}

}  // namespace daedap::speech
