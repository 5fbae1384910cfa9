#include "call/hunt.hpp"

#include <algorithm>
#include <utility>

namespace daedap::call {
namespace {

constexpr int no_answer = 408, nobody = 480, cancelled = 487;

/// What tells a caller more comes first: a person who declines before one who is busy, busy before a
/// telephone that is gone or a network that failed.
int rank(int status) {
  if (status >= 600) return 0;
  if (status == 486) return 1;
  if (status == 403 || status == 433) return 2;
  if (status == no_answer) return 3;
  if (status == nobody || status == 404) return 4;
  return 5;
}

/// The telephone would talk, and cannot as we offered.
bool media_refused(int status) { return status == 488 || status == 415 || status == 606; }

}  // namespace

Miss miss_of(int status) {
  if (status == 486 || status == 600) return Miss::busy;
  if (status == 603 || status == 607 || status == 403 || status == 433) return Miss::declined;
  if (status == no_answer || status == cancelled) return Miss::no_answer;
  return Miss::unregistered;
}

Hunt::Hunt(std::unique_ptr<SipLeg> leg, Plan plan, sip::Endpoint& endpoint, base::Time now)
    : endpoint_(endpoint), leg_(std::move(leg)), until_(plan.until), now_(now) {
  if (plan.targets.size() > most_targets) plan.targets.resize(most_targets);
  next_.assign(std::move_iterator(plan.targets.begin()), std::move_iterator(plan.targets.end()));
  (void)leg_->make_offer(plan.codecs);
  const bool at_once = plan.order == Order::at_once;
  forked_ = at_once && next_.size() > 1;
  do invite_next(now);
  while (at_once && !next_.empty());
  if (ringing_.empty()) lose(nobody);
}

void Hunt::invite_next(base::Time now) {
  if (next_.empty()) return;
  Target target = std::move(next_.front());
  next_.pop_front();
  const bool secure = target.invite.flow.transport == sip::Transport::tls;
  invite({.session = {}, .target = std::move(target), .secure = secure}, now);
}

void Hunt::invite(Attempt attempt, base::Time now) {
  attempt.target.invite.offer = leg_->last_offer(attempt.secure);
  attempt.session = endpoint_.invite(attempt.target.invite, now);
  ringing_.push_back(std::move(attempt));
}

Hunt::~Hunt() { cancel(now_); }

std::vector<sip::SessionId> Hunt::sessions() const {
  std::vector<sip::SessionId> all;
  for (const Attempt& one : ringing_) all.push_back(one.session);
  return all;
}

std::vector<std::string> Hunt::operators() const {
  std::vector<std::string> all;
  for (const Attempt& one : ringing_) all.push_back(one.target.operator_id);
  return all;
}

std::optional<Hunt::Attempt> Hunt::take(sip::SessionId session) {
  const auto at = std::ranges::find(ringing_, session, &Attempt::session);
  if (at == ringing_.end()) return std::nullopt;
  Attempt one = std::move(*at);
  ringing_.erase(at);
  return one;
}

void Hunt::on_progress(const sip::ProgressIn& in, base::Time now) {
  now_ = now;
  if (done_ || std::ranges::find(ringing_, in.session, &Attempt::session) == ringing_.end()) return;
  events_.push_back(HuntRings{in.status, forked_ ? "" : in.answer});
}

void Hunt::on_accepted(const sip::AcceptedIn& in, base::Time now) {
  now_ = now;
  auto winner = take(in.session);
  if (!winner || done_) return;
  if (const auto agreed = leg_->on_answer(in.answer, now); !agreed) {
    endpoint_.hang_up(in.session, now, "SIP;cause=488;text=\"Not acceptable here\"");
    return on_media_refused(std::move(*winner), 488, now);
  }
  done_ = true;
  leg_->set_session(in.session);
  cancel(now);
  events_.push_back(HuntWon{std::move(leg_), winner->target.operator_id});
}

void Hunt::on_rejected(const sip::RejectedIn& in, base::Time now) {
  now_ = now;
  auto refused = take(in.session);
  if (!refused || done_) return;
  if (!media_refused(in.status)) return fail(in.status, now);
  on_media_refused(std::move(*refused), in.status, now);
}

void Hunt::on_media_refused(Attempt refused, int status, base::Time now) {
  if (!leg_->either_profile() || refused.again) return fail(status, now);
  refused.secure = !refused.secure;
  refused.again = true;
  invite(std::move(refused), now);
}

void Hunt::on_lost(const sip::LostIn& in, base::Time now) {
  now_ = now;
  if (take(in.session) && !done_) fail(503, now);
}

void Hunt::fail(int status, base::Time now) {
  if (best_ == 0 || rank(status) < rank(best_)) best_ = status;
  // One person's "no" is meant for the call, not for one of the telephones (RFC 3261 §16.7, step 5).
  if (status >= 600) cancel(now);
  const bool way_failed = status == no_answer || status == nobody || (status >= 500 && status < 600);
  if (ringing_.empty() && way_failed) invite_next(now);
  if (ringing_.empty()) lose(best_);
}

void Hunt::lose(int status) {
  if (std::exchange(done_, true)) return;
  events_.push_back(HuntLost{miss_of(status), status});
}

void Hunt::on_time(base::Time now) {
  now_ = now;
  if (done_ || now < until_) return;
  cancel(now);
  lose(no_answer);
}

void Hunt::cancel(base::Time now) {
  now_ = now;
  next_.clear();
  for (const Attempt& one : std::exchange(ringing_, {})) endpoint_.cancel(one.session, now);
}

std::optional<HuntEvent> Hunt::take_event() {
  if (events_.empty()) return std::nullopt;
  HuntEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace daedap::call
