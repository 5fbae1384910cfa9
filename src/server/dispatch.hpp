#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace daedap::server {

/// Chooses the shard of a SIP message: ours by the prefix of the Call-ID, REGISTER and queues on the
/// first, a call of an operator who is in a call beside that one (so that both can be joined), an INVITE
/// that replaces a dialog beside that dialog, all others by the Call-ID's hash. What a first INVITE
/// decided holds for its Call-ID.
/// thread  any
/// cost    a hash and, while any call stands apart from its hash, one lookup
class Dispatch {
 public:
  /// Call-IDs that stand apart from their hash; over it the oldest goes back to the hash.
  static constexpr std::size_t most_pins = 50'000;

  explicit Dispatch(std::size_t shards) : shards_(shards) {}

  std::size_t shard_of(std::string_view message);
  void set_queues(std::set<std::string, std::less<>> numbers);
  /// An operator began or ended a call on `shard`.
  void on_in_call(const std::string& operator_id, std::size_t shard, bool in);

 private:
  std::size_t hash_of(std::string_view call_id) const { return std::hash<std::string_view>{}(call_id) % shards_; }
  bool own_shard(std::string_view call_id, std::size_t& shard) const;
  std::size_t of_call_id(std::string_view call_id) const;
  std::size_t of_invite(std::string_view message, std::string_view call_id);
  void pin(std::string_view call_id, std::size_t shard);

  struct InCalls {
    std::size_t shard = 0;
    int calls = 0;
  };
  const std::size_t shards_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> pins_;
  std::deque<std::string> pin_order_;
  std::map<std::string, InCalls> in_calls_;  // by operator
  std::set<std::string, std::less<>> queues_;
};

}  // namespace daedap::server
