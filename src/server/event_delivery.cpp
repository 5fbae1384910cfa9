#include "server/event_delivery.hpp"

#include <algorithm>
#include <utility>

namespace daedap::server {

EventDelivery::EventDelivery(const Settings& settings, base::Random& random, std::int64_t taken, std::int64_t head)
    : settings_(settings), random_(random), taken_(std::min(taken, head)), head_(head), sent_(taken_) {}

void EventDelivery::on_opened(base::Time now) {
  connecting_ = false;
  open_ = true;
  sent_ = taken_;
  unproven_.clear();
  unproven_bytes_ = 0;
  allowed_ = std::min(settings_.first_window, settings_.window);
  asked_.reset();
  proofs_.clear();
  last_ping_ = now;
  read_on();
}

void EventDelivery::on_closed(base::Time now) {
  open_ = connecting_ = false;
  reading_to_.reset();
  ++token_;
  base::Duration wait = settings_.retry_first;
  for (unsigned i = 0; i < attempts_ && wait < settings_.retry_most; ++i) wait *= 2;
  wait = std::min(wait, settings_.retry_most);
  ++attempts_;
  // Up to a half less, so that all who lost the same server do not come back at once.
  retry_at_ = now + wait / 2 + wait / 2 * static_cast<std::int64_t>(random_.u32() % 1000) / 1000;
}

void EventDelivery::send(const store::OutboxEvent& event, bool fresh) {
  sent_ = event.id;
  unproven_.push_back({event.id, event.json.size()});
  unproven_bytes_ += event.json.size();
  outputs_.push_back(Send{event.id, event.json, fresh});
}

void EventDelivery::read_on() {
  if (!open_ || reading_to_ || sent_ >= head_ || !room()) return;
  reading_to_ = head_;
  outputs_.push_back(Read{++token_, sent_, allowed_ - unproven_.size(), settings_.window_bytes - unproven_bytes_});
}

void EventDelivery::on_appended(std::int64_t after, const std::vector<store::OutboxEvent>& events, base::Time now) {
  if (events.empty()) return;
  head_ = std::max(head_, events.back().id);
  const bool here = open_ && !reading_to_ && sent_ >= after;
  if (here)
    for (const store::OutboxEvent& event : events) {
      if (event.id <= sent_) continue;
      if (!room()) break;
      send(event, true);
    }
  read_on();
  ask(now);
}

void EventDelivery::on_read(std::uint64_t token, const std::vector<store::OutboxEvent>& events, base::Time now) {
  if (!open_ || token != token_ || !reading_to_) return;
  const std::int64_t to = *std::exchange(reading_to_, std::nullopt);
  for (const store::OutboxEvent& event : events)
    if (event.id > sent_) send(event, false);
  if (events.empty()) {  // what was there has been given up
    sent_ = std::max(sent_, to);
    if (unproven_.empty() && proofs_.empty() && sent_ > taken_) outputs_.push_back(Advance{taken_ = sent_});
  }
  read_on();
  ask(now);
}

void EventDelivery::on_pong(std::uint64_t number, base::Time) {
  if (!open_ || !asked_ || asked_->number != number) return;
  const Proof proof = *std::exchange(asked_, std::nullopt);
  attempts_ = 0;
  allowed_ = std::min(allowed_ * 2, settings_.window);
  while (!unproven_.empty() && unproven_.front().id <= proof.up_to) {
    unproven_bytes_ -= unproven_.front().bytes;
    unproven_.pop_front();
  }
  settle(proof.sent);
  if (proof.up_to > taken_ && (proofs_.empty() || proofs_.back().up_to < proof.up_to)) proofs_.push_back(proof);
  read_on();
}

/// The consumer was alive at `proven`: what an earlier pong had proven long enough before is taken.
void EventDelivery::settle(base::Time proven) {
  std::int64_t taken = taken_;
  for (; !proofs_.empty() && proofs_.front().sent + settings_.settle <= proven; proofs_.pop_front()) taken = proofs_.front().up_to;
  if (taken > taken_) outputs_.push_back(Advance{taken_ = taken});
}

base::Time EventDelivery::next_ping() const {
  if (2 * unproven_.size() >= allowed_ || 2 * unproven_bytes_ >= settings_.window_bytes) return last_ping_;
  if (!unproven_.empty()) return last_ping_ + settings_.ping_gap;
  if (!proofs_.empty()) return std::max(proofs_.front().sent + settings_.settle, last_ping_ + settings_.ping_gap);
  return last_ping_ + settings_.idle_ping;
}

void EventDelivery::on_time(base::Time now) {
  if (!open_) {
    if (connecting_ || now < retry_at_) return;
    connecting_ = true;
    outputs_.push_back(Connect{});
    return;
  }
  if (asked_) {
    if (now < asked_->sent + settings_.pong_patience) return;
    outputs_.push_back(Drop{"no answer to a ping"});
    return on_closed(now);
  }
  ask(now);
}

void EventDelivery::ask(base::Time now) {
  if (!open_ || asked_ || now < next_ping()) return;
  last_ping_ = now;
  asked_ = Proof{++pings_, now, sent_};
  outputs_.push_back(Ping{pings_});
}

base::Time EventDelivery::deadline() const {
  if (!open_) return connecting_ ? base::never : retry_at_;
  return asked_ ? asked_->sent + settings_.pong_patience : next_ping();
}

void EventDelivery::on_stop() {
  if (open_ && !proofs_.empty() && proofs_.back().up_to > taken_) outputs_.push_back(Advance{taken_ = proofs_.back().up_to});
}

std::optional<EventDelivery::Output> EventDelivery::take_output() {
  if (outputs_.empty()) return std::nullopt;
  Output one = std::move(outputs_.front());
  outputs_.pop_front();
  return one;
}

}  // namespace daedap::server
