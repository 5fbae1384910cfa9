#include "server/dispatch.hpp"

#include <charconv>

#include "call/party.hpp"
#include "sip/endpoint.hpp"
#include "sip/message.hpp"
#include "sip/replaces.hpp"

namespace daedap::server {

/// "s12-...": made by our shard 12.
bool Dispatch::own_shard(std::string_view call_id, std::size_t& shard) const {
  if (!call_id.starts_with('s')) return false;
  const char* end = call_id.data() + call_id.size();
  const auto read = std::from_chars(call_id.data() + 1, end, shard);
  return read.ec == std::errc{} && read.ptr != end && *read.ptr == '-' && shard < shards_;
}

std::size_t Dispatch::of_call_id(std::string_view call_id) const {
  std::size_t shard = 0;
  if (own_shard(call_id, shard)) return shard;
  const auto pinned = pins_.find(std::string(call_id));
  return pinned == pins_.end() ? hash_of(call_id) : pinned->second;
}

std::size_t Dispatch::shard_of(std::string_view message) {
  while (message.starts_with("\r\n")) message.remove_prefix(2);
  if (shards_ == 1 || message.starts_with("REGISTER ")) return 0;
  const std::string_view call_id = sip::peek_call_id(message);
  std::size_t shard = 0;
  if (own_shard(call_id, shard)) return shard;
  const std::lock_guard lock(mutex_);
  if (!pins_.empty()) {
    const auto pinned = pins_.find(std::string(call_id));
    if (pinned != pins_.end()) return pinned->second;
  }
  const bool nothing_apart = queues_.empty() && in_calls_.empty();
  if (!message.starts_with("INVITE ") || nothing_apart) return hash_of(call_id);
  return of_invite(message, call_id);
}

std::size_t Dispatch::of_invite(std::string_view text, std::string_view call_id) {
  std::size_t shard = hash_of(call_id);
  const auto message = sip::Message::parse(text);
  if (!message || message->header("To").value_or("").find(";tag=") != std::string_view::npos) return shard;
  if (const auto value = message->header("Replaces")) {
    if (const auto named = sip::Replaces::parse(*value)) shard = of_call_id(named->call_id);
  } else if (queues_.contains(call::party_of(message->request_uri).number)) {
    shard = 0;
  } else {
    const auto in = in_calls_.find(call::party_of(message->header("From").value_or("")).number);
    if (in != in_calls_.end()) shard = in->second.shard;
  }
  if (shard != hash_of(call_id)) pin(call_id, shard);
  return shard;
}

void Dispatch::pin(std::string_view call_id, std::size_t shard) {
  if (!pins_.insert_or_assign(std::string(call_id), shard).second) return;
  pin_order_.emplace_back(call_id);
  if (pin_order_.size() <= most_pins) return;
  pins_.erase(pin_order_.front());
  pin_order_.pop_front();
}

void Dispatch::set_queues(std::set<std::string, std::less<>> numbers) {
  const std::lock_guard lock(mutex_);
  queues_ = std::move(numbers);
}

void Dispatch::on_in_call(const std::string& operator_id, std::size_t shard, bool in) {
  const std::lock_guard lock(mutex_);
  InCalls& known = in_calls_[operator_id];
  if (in) known.shard = shard;
  known.calls += in ? 1 : -1;
  if (known.calls <= 0) in_calls_.erase(operator_id);
}

}  // namespace daedap::server
