#include "api/auth.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace daedap::api {
namespace {

constexpr char cookie_name[] = "daedap_session";
constexpr std::size_t max_failures = 20;
constexpr base::Millis failure_window{60'000};
constexpr base::Millis basic_time{600'000};

std::string random_text() {
  unsigned char bytes[24];
  randombytes_buf(bytes, sizeof bytes);
  char text[sizeof bytes * 2 + 1];
  sodium_bin2hex(text, sizeof text, bytes, sizeof bytes);
  return text;
}

bool take_base64(std::string_view in, std::string& out) {
  out.resize(in.size());
  std::size_t length = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), in.data(), in.size(), nullptr, &length, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0)
    return false;
  out.resize(length);
  return true;
}

}  // namespace

std::size_t Auth::DigestHash::operator()(const Digest& d) const {
  std::size_t h;
  std::memcpy(&h, d.data(), sizeof h);
  return h;
}

Auth::Auth(const Backend& backend, std::vector<std::string> tokens, std::function<base::Time()> now)
    : backend_(backend), now_(std::move(now)) {
  randombytes_buf(key_.data(), key_.size());
  for (const std::string& token : tokens) tokens_.push_back(digest(token));
}

Auth::Digest Auth::digest(std::string_view secret) const {
  Digest out;
  crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), key_.data(), key_.size());
  return out;
}

void Auth::remember(Knowns& known, const Digest& d, Role role) {
  const base::Time now = now_();
  if (known.size() >= max_sessions) std::erase_if(known, [&](const auto& entry) { return entry.second.until <= now; });
  if (known.size() >= max_sessions) known.erase(known.begin());
  known[d] = {now + (&known == &sessions_ ? session_time : basic_time), role};
}

Role Auth::role_in(const Knowns& known, const Digest& d) const {
  const auto found = known.find(d);
  return found != known.end() && found->second.until > now_() ? found->second.role : Role::none;
}

bool Auth::too_many_failures(const base::Address& from) {
  const base::Time old = now_() - failure_window;
  while (!failures_.empty() && failures_.front().first < old) failures_.pop_front();
  return static_cast<std::size_t>(std::ranges::count_if(failures_, [&](const auto& f) { return f.second.same_ip(from); })) >= max_failures;
}

void Auth::note_failure(const base::Address& from) {
  failures_.emplace_back(now_(), from);
  if (failures_.size() > 10'000) failures_.pop_front();
}

void Auth::verify(const base::Address& from, std::string user, std::string password, Allowed then) {
  if (user.empty() || password.size() > 1024 || too_many_failures(from)) return then(Role::none);
  backend_.verify(std::move(user), std::move(password), [this, from, then = std::move(then)](Role role) {
    if (role == Role::none) note_failure(from);
    then(role);
  });
}

void Auth::check(const net::HttpRequest& request, Allowed then) {
  if (const Role role = role_in(sessions_, digest(request.cookie(cookie_name))); role != Role::none) return then(role);
  const std::string_view header = request.header("authorization");
  if (header.starts_with("Bearer ")) return check_bearer(request, std::string(header.substr(7)), std::move(then));
  std::string pair;
  if (!header.starts_with("Basic ") || !take_base64(header.substr(6), pair)) return then(Role::none);
  const std::size_t colon = pair.find(':');
  if (colon == std::string::npos) return then(Role::none);
  const Digest d = digest(pair);
  if (const Role role = role_in(basics_, d); role != Role::none) return then(role);
  verify(request.remote, pair.substr(0, colon), pair.substr(colon + 1), [this, d, then = std::move(then)](Role role) {
    if (role != Role::none) remember(basics_, d, role);
    then(role);
  });
}

/// The configuration's tokens may do everything; stored ones have a role.
void Auth::check_bearer(const net::HttpRequest& request, std::string token, Allowed then) {
  const Digest d = digest(token);
  if (std::ranges::find(tokens_, d) != tokens_.end()) return then(Role::admin);
  if (const Role role = role_in(bearers_, d); role != Role::none) return then(role);
  if (token.size() < 16 || token.size() > 256 || too_many_failures(request.remote)) return then(Role::none);
  backend_.verify_token(std::move(token), [this, d, from = request.remote, then = std::move(then)](Role role) {
    if (role == Role::none) note_failure(from);
    else remember(bearers_, d, role);
    then(role);
  });
}

void Auth::log_in(const net::HttpRequest& request, std::string user, std::string password, std::function<void(std::string)> then) {
  verify(request.remote, std::move(user), std::move(password), [this, then = std::move(then)](Role role) {
    if (role == Role::none) return then("");
    const std::string session = random_text();
    remember(sessions_, digest(session), role);
    then(std::string(cookie_name) + "=" + session + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200");
  });
}

void Auth::log_out(const net::HttpRequest& request) {
  sessions_.erase(digest(request.cookie(cookie_name)));
}

}  // namespace daedap::api
