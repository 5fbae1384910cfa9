#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace daedap::store {

class Database;

/// Who asks. `role` is "admin" (everything) or "viewer" (reads only).
struct Account {
  std::string name;
  std::string role;
};
bool is_role(std::string_view role);

/// argon2id in libsodium's text form. cost  about 0.1 s and 64 MB: never on a loop
/// errors  Code::bad_syntax: shorter than 8 or longer than 1024 bytes; Code::io: no memory
base::Result<std::string> hash_password(std::string_view password);
/// cost  as hash_password
bool password_matches(const std::string& hash, std::string_view password);
/// A hash that no password has, to spend the same time on names that do not exist.
const std::string& nobodys_hash();

/// The console's users. thread  the database's
class UserTable {
 public:
  explicit UserTable(Database& db) : db_(db) {}
  base::Result<std::vector<Account>> list();
  /// errors  Code::bad_state: exists already; Code::bad_syntax: name or role
  base::Result<void> add(std::string_view name, const std::string& password_hash, std::string_view role);
  /// errors  Code::not_found
  base::Result<void> remove(std::string_view name);
  /// errors  Code::not_found
  base::Result<void> set_password(std::string_view name, const std::string& password_hash);
  struct Entry {
    Account account;
    std::string password_hash;
  };
  /// errors  Code::not_found
  base::Result<Entry> find(std::string_view name);

 private:
  Database& db_;
};

/// API tokens; only a hash (BLAKE2b) of each is kept, so a token is shown once. thread  the database's
class TokenTable {
 public:
  explicit TokenTable(Database& db) : db_(db) {}
  /// Makes a token of 256 random bits and gives its text.
  base::Result<std::string> add(std::string_view label, std::string_view role);
  /// errors  Code::not_found
  base::Result<void> remove(std::string_view label);
  /// The account of a token's text: its label and role. errors  Code::denied
  base::Result<Account> find(std::string_view token);

 private:
  Database& db_;
};

}  // namespace daedap::store
