#include "sip/provisional_resender.hpp"

namespace daedap::sip {

using base::Time;

void ProvisionalResender::on_sent(std::string bytes, bool holds_sdp, Time now) {
  open_ = true;
  bytes_ = std::move(bytes);
  holds_sdp_ = holds_sdp;
  gap_ = timers::t1;
  resend_ = now + gap_;
  give_up_ = now + timers::transaction;
}

void ProvisionalResender::wait(Message response) {
  if (waiting_.size() >= max_waiting) waiting_.pop_back();
  waiting_.push_back(std::move(response));
}

std::optional<Message> ProvisionalResender::take_waiting() {
  if (open_ || waiting_.empty()) return std::nullopt;
  Message first = std::move(waiting_.front());
  waiting_.pop_front();
  return first;
}

bool ProvisionalResender::on_prack(std::uint32_t number) {
  if (!open_ || number != number_) return false;
  open_ = false;
  resend_ = give_up_ = base::never;
  bytes_.clear();
  return true;
}

void ProvisionalResender::on_final() {
  resend_ = give_up_ = base::never;
  bytes_.clear();
  waiting_.clear();
}

ProvisionalResender::Act ProvisionalResender::on_time(Time now) {
  if (now >= give_up_) {
    resend_ = give_up_ = base::never;
    return Act::give_up;
  }
  if (now < resend_) return Act::none;
  gap_ *= 2;
  resend_ = now + gap_;
  return Act::resend;
}

}  // namespace daedap::sip
