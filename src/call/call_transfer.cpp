// A party is replaced by another one: blind and attended transfer, takeover from the AI, Replaces.
#include "call/call.hpp"

namespace daedap::call {

using base::Code;

base::Result<void> Call::begin_transfer(Transfer transfer, std::vector<Target> targets, base::Time now) {
  if (state_ != State::answered || hunt_ || transfer_) return base::fail(Code::bad_state, "the call is not in a state to be transferred");
  transfer_ = transfer;
  // Who asked by REFER is through with the call; by the API both go on talking until somebody answers.
  if (transfer.by_refer) part(now);
  if (auto begun = hunt(std::move(targets), settings().transfer_ring, now); !begun) {
    transfer_.reset();
    if (transfer.by_refer && other_) join(now);
    return begun;
  }
  take_hunt(now);
  return {};
}

base::Result<void> Call::transfer(const std::string& to, base::Time now) {
  auto targets = targets_for(to);
  if (!targets) return tl::unexpected(targets.error());
  log_.info("call_transfer", {{"by", "api"}, {"to", base::mask_number(to)}});
  return begin_transfer({.of_caller = !caller_is_customer_}, std::move(*targets), now);
}

base::Result<void> Call::takeover(const std::string& operator_id, base::Time now) {
  if (!ai_ || ai_->left()) return base::fail(Code::bad_state, "the AI does not hold this call");
  std::vector<Target> targets = targets_of(operator_id);
  if (targets.empty()) return base::fail(Code::not_found, "the operator is not registered", operator_id);
  log_.info("call_takeover", {{"operator", operator_id}});
  return begin_transfer({}, std::move(targets), now);
}

void Call::on(const sip::ReferIn& in, base::Time now) {
  SipLeg* leg = leg_of(in.session);
  const bool of_caller = leg == caller_.get();
  const bool may = of_caller ? who_.kind == Caller::Kind::op : !other_operator_.empty();
  // A customer who could send calls elsewhere would telephone at our cost.
  if (leg == nullptr || !may) return place_.around.sip.refuse_refer(in.session, 403, now);
  if (!bridge_ || hunt_) return place_.around.sip.refuse_refer(in.session, 491, now);
  log_.info("call_transfer", {{"by", leg->name()}, {"attended", !in.replaces.empty()}});
  place_.around.sip.accept_refer(in.session, now);
  if (const auto dialog = in.replaces.empty() ? std::nullopt : place_.around.sip.session_of(in.replaces))
    return join_calls(*leg, *dialog, now);
  auto targets = targets_for(in.target);
  if (!targets) {
    log_.warn("call_transfer_failed", {{"why", targets.error().message()}});
    return place_.around.sip.notify_refer(in.session, 404, now);
  }
  for (Target& target : *targets) {
    target.invite.replaces = in.replaces;
    target.invite.referred_by = in.referred_by;
  }
  if (const auto begun = begin_transfer({.of_caller = of_caller, .by_refer = true}, std::move(*targets), now); !begun)
    place_.around.sip.notify_refer(in.session, 503, now);
}

/// Attended: the transferor's other call is with us too, so the two far parties are simply joined.
void Call::join_calls(SipLeg& transferor, sip::SessionId other_dialog, base::Time now) {
  const auto found = place_.sessions.find(other_dialog);
  Call* second = found == place_.sessions.end() ? nullptr : found->second;
  Given given = second == nullptr || second == this ? Given{} : second->give_away(other_dialog, now);
  if (!given.leg) return place_.around.sip.notify_refer(*transferor.session(), 481, now);
  place_.around.sip.notify_refer(*transferor.session(), 200, now);
  transfer_ = Transfer{.of_caller = &transferor == caller_.get()};
  bind(*given.leg->session());
  record_.path.push_back(given.operator_id.empty() ? given.leg->name() : given.operator_id);
  on_transferred(std::move(given.leg), given.operator_id, now);
}

Call::Given Call::give_away(sip::SessionId session, base::Time now) {
  SipLeg* transferor = leg_of(session);
  if (state_ != State::answered || transferor == nullptr || !other_ || hunt_) return {};
  part(now);
  Given given;
  if (transferor == other_.get()) {
    given = {std::move(caller_), who_.operator_id};
    caller_gone_ = true;
  } else {
    given = {std::move(other_), other_operator_};
    note_in_call(other_operator_, false);
  }
  place_.sessions.erase(*given.leg->session());
  record_.legs.push_back(given.leg->figures());
  end(Cause::transferred, now);
  return given;
}

bool Call::replace(sip::SessionId session, const sip::InviteIn& invite, const std::string& operator_id, base::Time now) {
  SipLeg* leaving = leg_of(session);
  if (state_ != State::answered || leaving == nullptr || !other_ || hunt_ || invite.offer.empty()) return false;
  auto leg = SipLeg::open(operator_id.empty() ? "replacing" : "operator " + operator_id, settings(), place_.around, now);
  if (!leg) return false;
  const SipLeg* stays = opposite(*leaving);
  const auto answer = (*leg)->answer(invite.offer, now, stays->agreed() ? stays->agreed()->codec.name : "");
  if (!answer) return false;
  place_.around.sip.accept(invite.session, *answer, now);
  (*leg)->set_session(invite.session);
  bind(invite.session);
  transfer_ = Transfer{.of_caller = leaving == caller_.get()};
  record_.path.push_back(operator_id.empty() ? (*leg)->name() : operator_id);
  on_transferred(std::move(*leg), operator_id, now);
  return true;
}

void Call::on_transferred(std::unique_ptr<SipLeg> leg, const std::string& operator_id, base::Time now) {
  const Transfer transfer = *std::exchange(transfer_, std::nullopt);
  if (ai_ && !ai_->left()) {
    ai_->leave(now);
    take_conversation(now);
    log_.info("ai_handed_over", {{"to", leg->name()}});
  }
  part(now);
  std::unique_ptr<SipLeg>& place = transfer.of_caller ? caller_ : other_;
  std::string& operator_there = transfer.of_caller ? who_.operator_id : other_operator_;
  if (place) {
    if (transfer.by_refer) place_.around.sip.notify_refer(*place->session(), 200, now);
    let_go(place, operator_there, Cause::transferred, now);
  }
  place = std::move(leg);
  operator_there = operator_id;
  if (transfer.of_caller) {
    session_ = *place->session();
    caller_gone_ = false;
  }
  record_.answered_by = operator_id.empty() ? place->name() : operator_id;
  if (other_ && caller_) join(now);
}

void Call::on_transfer_failed(int status, base::Time now) {
  const Transfer transfer = *std::exchange(transfer_, std::nullopt);
  if (queue_ && !other_) return log_.info("call_not_taken", {{"queue", queue_->name}, {"status", status}});
  log_.info("call_transfer_failed", {{"status", status}});
  if (ai_ && !ai_->left()) {
    // An operator's own attempt to take the call is nothing that the caller should hear of.
    if (!transfer.by_ai) return;
    record_.path.push_back(transfer.to + ':' + std::string(name(miss_of(status))));
    return back_to_ai(now);
  }
  const auto& asked = transfer.of_caller ? caller_ : other_;
  if (asked) {
    if (transfer.by_refer) place_.around.sip.notify_refer(*asked->session(), status, now);
    if (!bridge_) join(now);
    return;
  }
  // Who transferred is gone: the caller is not left alone.
  if (!caller_ || !callee_) return end(Cause::operator_no_answer, now);
  const Operator* callee = place_.directory.operators.find(callee_->id);
  if (callee == nullptr || ask_ai(place_.directory, *callee).kind != Decision::Kind::ai)
    return end(Cause::operator_no_answer, now);
  callee_ = *callee;
  part(now);
  open_ai(now);
}

/// A party goes: BYE, its figures kept, its operator free again.
void Call::let_go(std::unique_ptr<SipLeg>& leg, const std::string& operator_id, Cause cause, base::Time now) {
  if (leg->session()) {
    place_.around.sip.hang_up(*leg->session(), now, std::string(verdict(cause).reason));
    place_.sessions.erase(*leg->session());
  }
  if (we_offered_ == leg.get()) we_offered_ = nullptr;
  record_.legs.push_back(leg->figures());
  note_in_call(operator_id, false);
  leg.reset();
}

}  // namespace daedap::call
