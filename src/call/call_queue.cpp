// A call that waits for a group: rung, music, the place in the line, overflow to the AI.
#include "call/call.hpp"
#include "call/greeting.hpp"

namespace daedap::call {

void Call::enter_queue(const Queue& queue, base::Time now) {
  log_.info("call_handling_start", {{"sip_call_id", record_.sip_call_id},
                                    {"caller", settings().debug_calls ? record_.caller : base::mask_number(record_.caller)},
                                    {"callee", record_.callee},
                                    {"queue", queue.name}});
  if (!open_caller(now) || !prepare_answer(now)) return;
  queue_ = queue;
  queued_ = announced_ = now;
  record_.language = queue.language;
  record_.path.push_back("queue " + queue.number);
  // Where nobody may take the call, the AI speaks for the group.
  callee_ = Operator{.id = queue.number, .name = queue.name, .language = queue.language};
  ring(now);
}

bool Call::waits_in(const Queue& queue) const {
  return running() && queue_ && queue_->number == queue.number && !other_ && !(ai_ && !ai_->left()) && !awaiting_ai_;
}

void Call::ring_members(const std::vector<std::string>& operators, base::Time now) {
  std::vector<Target> targets;
  for (const std::string& id : operators)
    for (Target& one : targets_of(id)) targets.push_back(std::move(one));
  if (targets.empty()) return;
  if (state_ == State::answered) transfer_ = Transfer{};
  if (const auto begun = hunt(std::move(targets), queue_->ring, now); !begun) return fail(begun.error(), now);
  take_hunt(now);
}

std::vector<std::string> Call::hunted() const { return hunt_ ? hunt_->operators() : std::vector<std::string>{}; }

/// Nobody is free: the caller is answered and waits with music.
void Call::wait_in_line(std::size_t position, base::Time now) {
  if (state_ == State::ringing) {
    accept(record_.path.back(), now);
    log_.info("call_queued", {{"queue", queue_->name}, {"position", position}});
    if (we_offered_ == nullptr) caller_->start(now);
    announced_ = now - queue_->announce;
  }
  if (queue_->announce.count() == 0 || now - announced_ < queue_->announce) return;
  announced_ = now;
  const auto* prompt = place_.around.prompts.find(queue_position(position, queue_->language), queue_->language, "");
  if (prompt == nullptr) return;
  audio::Player& player = caller_->media().player();
  player.discard();
  (void)player.enqueue(*prompt);
}

bool Call::waited_too_long(base::Time now) const { return now - queued_ >= queue_->longest_wait && !hunt_; }

void Call::overflow(base::Time now) {
  const Queue queue = *std::exchange(queue_, std::nullopt);
  log_.info("call_queue_overflow", {{"queue", queue.name}, {"waited_ms", base::to_ms(now - queued_)}});
  const Decision decision = queue.overflow == Queue::Overflow::ai ? ask_ai(place_.directory, *callee_) : Decision{};
  if (decision.kind != Decision::Kind::ai) return end(Cause::operator_no_answer, now);
  record_.operator_id = callee_->id;
  if (caller_) caller_->media().player().discard();
  if (state_ == State::ringing) return let_ai_answer(decision, now);
  open_ai(now);
}

}  // namespace daedap::call
