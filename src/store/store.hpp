#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "call/switchboard.hpp"
#include "store/accounts.hpp"
#include "store/call_table.hpp"
#include "store/operator_table.hpp"

namespace daedap::store {

/// The answer to a question, given on a thread of the store: post it on before touching anything.
template <typename T>
using Reply = std::function<void(base::Result<T>)>;

struct StoreEvents {
  /// The operators changed, by us or by another process (`daedap operator status`).
  std::function<void(std::vector<call::Operator>)> operators_changed;
  /// A write failed (disk full, database held); what it would have kept is lost.
  std::function<void(const char* what, const base::Error&)> failed;
};

/// Everything that the server keeps in the SQLite file, behind one writer thread; password hashes
/// have a thread of their own, because each takes 0.1 s.
/// Writes of calls are never dropped. Questions over `waiting_limit` are refused (Code::engine_full).
/// thread  any; replies and events come on the store's threads
class Store {
 public:
  static constexpr std::size_t waiting_limit = 4096;
  static constexpr std::size_t waiting_passwords = 32;
  static constexpr base::Millis watch_period{300};

  /// errors  those of Database::open
  static base::Result<std::unique_ptr<Store>> open(const std::filesystem::path& file, StoreEvents events);
  /// Finishes what was asked, then ends the threads.
  ~Store();

  void list_operators(Reply<std::vector<call::Operator>> reply);
  void add_operator(call::Operator one, Reply<void> reply);
  void remove_operator(std::string id, Reply<void> reply);
  /// Without `away_message` the one before stays. Gives the operator as it is now.
  void set_status(std::string id, call::OperatorStatus status, std::optional<std::string> away_message,
                  Reply<call::Operator> reply);

  void set_secret(std::string id, SipSecret secret, Reply<void> reply);
  /// Gives the operator as it is then.
  void change_operator(std::string id, call::OperatorChange change, Reply<call::Operator> reply);

  void add_user(std::string name, std::string password, std::string role, Reply<void> reply);
  /// errors  Code::denied, for an unknown name too and after the same time
  void check_password(std::string name, std::string password, Reply<Account> reply);
  void check_token(std::string token, Reply<Account> reply);

  /// What happened to a call; `now` is written with starts and ends.
  void on_event(call::Event event, WallTime now);
  /// Newest first, without turns.
  void calls(std::size_t limit, std::optional<std::int64_t> before, Reply<std::vector<StoredCall>> reply);
  void call(std::string call_id, Reply<StoredCall> reply);
  /// At start, before the first event: closes what a crash left open with the cause `killed` and
  /// repairs the recordings below `recordings`. Gives the calls that were closed.
  void recover(std::filesystem::path recordings, WallTime now, Reply<std::vector<StoredCall>> reply);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::store
