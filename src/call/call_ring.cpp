// How people are rung for a call, and what becomes of it when they do not take it.
#include <algorithm>

#include "call/call.hpp"
#include "call/party.hpp"
#include "sdp/audio_line.hpp"
#include "sdp/session.hpp"
#include "sip/name_addr.hpp"
#include "sip/routing.hpp"

namespace daedap::call {
namespace {

/// Names of the codecs that the caller offers and we know: asked for first, so that the call needs no
/// transcoding.
std::vector<std::string> codecs_of(std::string_view offer, const std::vector<std::string>& ours) {
  std::vector<std::string> names;
  const auto session = sdp::Session::parse(offer);
  if (!session) return names;
  for (const sdp::MediaLine& line : session->media) {
    const auto audio = sdp::AudioLine::usable(line) ? sdp::AudioLine::read(*session, line) : tl::unexpected(base::Error{});
    if (!audio) continue;
    for (const sdp::Codec& codec : audio->codecs)
      if (std::ranges::find(ours, codec.name) != ours.end()) names.push_back(codec.name);
    break;
  }
  return names;
}

base::Result<Target> target_of_uri(const std::string& text) {
  const auto uri = sip::Uri::parse(text);
  if (!uri || !uri->is_sip()) return base::fail(base::Code::not_found, "neither a number nor a SIP URI", text);
  const auto address = base::Address::parse_ip(uri->host, uri->port.value_or(5060));
  if (!address) return base::fail(base::Code::not_found, "a SIP URI must name an IP address", text);
  Target target;
  target.name = uri->user.empty() ? uri->host : uri->user;
  target.invite.target = text;
  target.invite.flow = {.transport = uri->params.value("transport") == "tcp" ? sip::Transport::tcp : sip::Transport::udp,
                        .remote = *address};
  return target;
}

}  // namespace

/// Who calls, with our own address: the other side's network is not shown.
std::string Call::from_header() const {
  sip::NameAddr from;
  from.display = record_.caller_name;
  from.uri.scheme = "sip";
  from.uri.user = record_.caller.empty() ? "anonymous" : record_.caller;
  from.uri.host = settings().domain.empty() ? settings().advertised_media.ip_text() : settings().domain;
  return from.write();
}

std::vector<Target> Call::targets_of(std::string_view operator_id) const {
  std::vector<Target> targets;
  for (const sip::Binding& binding : place_.directory.contacts.find(operator_id)) {
    Target target;
    target.name = "operator " + std::string(operator_id);
    target.operator_id = operator_id;
    target.invite.target = binding.contact;
    target.invite.flow = binding.flow;
    target.invite.behind_nat = sip::is_behind_nat(binding.contact, binding.flow);
    target.invite.from = from_header();
    target.invite.max_forwards = max_forwards_ - 1;
    targets.push_back(std::move(target));
  }
  return targets;
}

std::vector<Target> Call::targets_of(const DialResult& dial) const {
  std::vector<Target> targets;
  const CallerId caller{.number = dial.caller_id, .name = record_.caller_name};
  for (TrunkCall& way : place_.directory.trunks.outbound(*dial.trunk, dial.number, caller)) {
    Target target;
    target.name = "trunk " + dial.trunk->name;
    target.srtp = srtp_of(*dial.trunk);
    target.invite.target = std::move(way.target);
    target.invite.from = std::move(way.from);
    target.invite.to = std::move(way.to);
    target.invite.headers = std::move(way.headers);
    target.invite.flow = way.flow;
    target.invite.user = std::move(way.user);
    target.invite.password = std::move(way.password);
    target.invite.max_forwards = max_forwards_ - 1;
    targets.push_back(std::move(target));
  }
  return targets;
}

/// Members of a group who may be rung now.
std::vector<Target> Call::targets_of(const Queue& queue) const {
  const Directory& d = place_.directory;
  std::vector<Target> targets;
  for (const std::string& id : queue.members) {
    const Operator* one = d.operators.find(id);
    if (one == nullptr || one->status != OperatorStatus::available || d.busy.contains(id)) continue;
    for (Target& target : targets_of(id)) targets.push_back(std::move(target));
  }
  return targets;
}

/// Whom an operator, the AI or the API names: an operator's id, a queue's or an outside number, a SIP URI.
base::Result<std::vector<Target>> Call::targets_for(const std::string& to) const {
  const Directory& d = place_.directory;
  const std::string number = to.starts_with("sip:") || to.starts_with("sips:") || to.starts_with("tel:") ? party_of(to).number : to;
  std::vector<Target> targets = targets_of(std::string_view(number));
  if (!targets.empty()) return targets;
  if (const Queue* queue = d.queue(number)) {
    targets = targets_of(*queue);
    if (targets.empty()) return base::fail(base::Code::not_found, "nobody of the queue is free", number);
    return targets;
  }
  if (d.operators.find(number) != nullptr) return base::fail(base::Code::not_found, "the operator is not registered", number);
  if (const auto dial = d.dial_plan.find(number, record_.operator_id)) targets = targets_of(*dial);
  if (!targets.empty()) return targets;
  auto direct = target_of_uri(to);
  if (!direct) return tl::unexpected(direct.error());
  direct->invite.from = from_header();
  direct->invite.max_forwards = max_forwards_ - 1;
  targets.push_back(std::move(*direct));
  return targets;
}

base::Result<void> Call::hunt(std::vector<Target> targets, base::Duration patience, base::Time now) {
  auto leg = SipLeg::open(targets.empty() ? "nobody" : targets.front().name, settings(), place_.around, now);
  if (!leg) return tl::unexpected(leg.error());
  if (!targets.empty() && targets.front().srtp) (*leg)->set_srtp(*targets.front().srtp, place_.around.random);
  const bool outside = !targets.empty() && targets.front().operator_id.empty();
  Hunt::Plan plan{.targets = std::move(targets),
                  .order = outside ? Hunt::Order::in_turn : Hunt::Order::at_once,
                  .codecs = codecs_of(offer_, settings().codecs),
                  .until = now + patience};
  if (caller_ && caller_->agreed()) plan.codecs = {caller_->agreed()->codec.name};
  hunt_ = std::make_unique<Hunt>(std::move(*leg), std::move(plan), place_.around.sip, now);
  bind_hunt();
  return {};
}

void Call::bind_hunt() {
  for (const sip::SessionId session : hunt_->sessions()) bind(session);
}

void Call::ring_operator(const Operator& callee, base::Time now) {
  log_.info("call_handling_start", {{"sip_call_id", record_.sip_call_id},
                                    {"caller", settings().debug_calls ? record_.caller : base::mask_number(record_.caller)},
                                    {"callee", record_.callee},
                                    {"operator", callee.id}});
  if (!open_caller(now)) return;
  if (!offer_.empty() && codecs_of(offer_, settings().codecs).empty()) {
    if (!prepare_answer(now)) return;
  }
  if (const auto begun = hunt(targets_of(callee.id), settings().no_answer, now); !begun) return fail(begun.error(), now);
  take_hunt(now);
}

void Call::dial(const DialResult& dial, base::Time now) {
  log_.info("call_handling_start", {{"sip_call_id", record_.sip_call_id},
                                    {"operator", who_.operator_id},
                                    {"trunk", dial.trunk->name}});
  if (!open_caller(now)) return;
  record_.operator_id = who_.operator_id;
  caller_is_customer_ = false;
  if (const auto begun = hunt(targets_of(dial), settings().trunk_ring, now); !begun) return fail(begun.error(), now);
  take_hunt(now);
}

void Call::take_hunt(base::Time now) {
  while (hunt_) {
    auto event = hunt_->take_event();
    if (!event) return bind_hunt();
    std::visit([&](auto& one) { on_hunt(one, now); }, *event);
  }
}

void Call::on_hunt(HuntRings& rings, base::Time now) {
  if (state_ == State::answered) {
    if (transfer_ && transfer_->by_refer && !transfer_->gone && rings.status == 180)
      place_.around.sip.notify_refer(*(transfer_->of_caller ? caller_ : other_)->session(), 180, now);
    return;
  }
  if (rings.answer.empty() || offer_.empty()) return ring(now, rings.status == 183 ? 183 : 180);
  // Early media: the caller hears the other network's own ringing or announcements.
  SipLeg& far = *hunt_->leg();
  if (auto agreed = far.on_answer(rings.answer, now); !agreed) return ring(now);
  if (!prepare_answer(now, far.agreed()->codec.name)) return;
  ring(now, rings.status, answer_);
  if (bridge_) return bridge_->refresh(now);
  caller_->start(now);
  far.start(now);
  bridge_ = std::make_unique<media::Bridge>(caller_->media(), far.media(), now);
  early_ = &far;
}

void Call::on_hunt(HuntWon& won, base::Time now) {
  const std::string operator_id = won.operator_id;
  std::unique_ptr<SipLeg> leg = std::move(won.leg);
  hunt_.reset();
  record_.path.push_back(operator_id.empty() ? leg->name() : operator_id);
  if (briefing_) return brief(std::move(leg), operator_id, now);
  if (state_ == State::answered) return on_transferred(std::move(leg), operator_id, now);
  connect(std::move(leg), operator_id, now);
}

void Call::on_hunt(HuntLost& lost, base::Time now) {
  drop_bridge();
  hunt_.reset();
  if (state_ == State::answered) return on_transfer_failed(lost.status, now);
  on_missed(lost.miss, now);
}

/// Whom the caller wanted did not take the call: what was configured for that.
void Call::on_missed(Miss miss, base::Time now) {
  if (queue_) return log_.info("call_not_taken", {{"queue", queue_->name}, {"why", name(miss)}});
  if (!callee_) return end(miss == Miss::busy ? Cause::operator_busy : Cause::operator_unavailable, now);
  record_.path.push_back(callee_->id + ':' + std::string(name(miss)));
  log_.info("call_not_taken", {{"operator", callee_->id}, {"why", name(miss)}});
  const Operator* callee = place_.directory.operators.find(callee_->id);
  follow(route_miss(place_.directory, callee != nullptr ? *callee : *callee_, miss, who_), now);
}

}  // namespace daedap::call
