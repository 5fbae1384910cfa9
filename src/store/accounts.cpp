#include "store/accounts.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "store/database.hpp"

namespace daedap::store {

namespace {

constexpr std::size_t longest_name = 64;

std::string hex(const unsigned char* bytes, std::size_t size) {
  std::string out(size * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes, size);
  out.pop_back();
  return out;
}

std::string token_hash(std::string_view token) {
  std::array<unsigned char, crypto_generichash_BYTES> hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(token.data()),
                     token.size(), nullptr, 0);
  return hex(hash.data(), hash.size());
}

bool valid_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name &&
         std::ranges::none_of(name, [](char c) { return c == ':' || static_cast<unsigned char>(c) <= ' '; });
}

base::Result<void> one_changed(Database& db, std::string_view name) {
  Query query(db, "SELECT changes()");
  if (query.step() && query.integer(0) >= 1) return {};
  return base::fail(base::Code::not_found, "no such entry", std::string(name));
}

base::Result<void> check(std::string_view name, std::string_view role) {
  if (!valid_name(name))
    return base::fail(base::Code::bad_syntax, "a name has 1 to 64 bytes without ':' and spaces");
  if (!is_role(role)) return base::fail(base::Code::bad_syntax, "a role is admin or viewer", std::string(role));
  return {};
}

}  // namespace

bool is_role(std::string_view role) { return role == "admin" || role == "viewer"; }

base::Result<std::string> hash_password(std::string_view password) {
  if (password.size() < 8 || password.size() > 1024)
    return base::fail(base::Code::bad_syntax, "a password has 8 to 1024 bytes");
  if (sodium_init() < 0) return base::fail(base::Code::io, "no random numbers");
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str(out.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
    return base::fail(base::Code::io, "no memory to hash a password");
  return std::string(out.data());
}

bool password_matches(const std::string& hash, std::string_view password) {
  if (sodium_init() < 0 || password.size() > 1024 || hash.size() >= crypto_pwhash_STRBYTES) return false;
  std::array<char, crypto_pwhash_STRBYTES> text{};
  std::ranges::copy(hash, text.begin());
  return crypto_pwhash_str_verify(text.data(), password.data(), password.size()) == 0;
}

const std::string& nobodys_hash() {
  static const std::string hash = [] {
    std::array<unsigned char, 32> secret{};
    if (sodium_init() >= 0) randombytes_buf(secret.data(), secret.size());
    return hash_password(hex(secret.data(), secret.size())).value_or("");
  }();
  return hash;
}

base::Result<std::vector<Account>> UserTable::list() {
  Query query(db_, "SELECT name, role FROM users ORDER BY name");
  std::vector<Account> all;
  while (query.step()) all.push_back({query.text(0), query.text(1)});
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return all;
}

base::Result<void> UserTable::add(std::string_view name, const std::string& password_hash,
                                  std::string_view role) {
  if (auto good = check(name, role); !good) return good;
  return Query(db_, "INSERT INTO users VALUES (?, ?, ?)", name, password_hash, role).run();
}

base::Result<void> UserTable::remove(std::string_view name) {
  auto done = Query(db_, "DELETE FROM users WHERE name = ?", name).run();
  return done ? one_changed(db_, name) : done;
}

base::Result<void> UserTable::set_password(std::string_view name, const std::string& password_hash) {
  auto done = Query(db_, "UPDATE users SET password_hash = ? WHERE name = ?", password_hash, name).run();
  return done ? one_changed(db_, name) : done;
}

base::Result<UserTable::Entry> UserTable::find(std::string_view name) {
  Query query(db_, "SELECT name, role, password_hash FROM users WHERE name = ?", name);
  if (query.step()) return Entry{{query.text(0), query.text(1)}, query.text(2)};
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return base::fail(base::Code::not_found, "no such user");
}

base::Result<std::string> TokenTable::add(std::string_view label, std::string_view role) {
  if (auto good = check(label, role); !good) return tl::unexpected(std::move(good.error()));
  if (sodium_init() < 0) return base::fail(base::Code::io, "no random numbers");
  std::array<unsigned char, 32> secret;
  randombytes_buf(secret.data(), secret.size());
  const std::string token = "daedap_" + hex(secret.data(), secret.size());
  auto done = Query(db_, "INSERT INTO tokens (label, hash, role) VALUES (?, ?, ?)", label, token_hash(token), role)
                  .run();
  if (!done) return tl::unexpected(std::move(done.error()));
  return token;
}

base::Result<void> TokenTable::remove(std::string_view label) {
  auto done = Query(db_, "DELETE FROM tokens WHERE label = ?", label).run();
  return done ? one_changed(db_, label) : done;
}

base::Result<Account> TokenTable::find(std::string_view token) {
  Query query(db_, "SELECT label, role FROM tokens WHERE hash = ?", token_hash(token));
  if (query.step()) return Account{query.text(0), query.text(1)};
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return base::fail(base::Code::denied, "unknown token");
}

}  // namespace daedap::store
