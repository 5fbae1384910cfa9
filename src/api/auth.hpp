#pragma once

#include <array>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/backend.hpp"
#include "base/time.hpp"
#include "net/http_message.hpp"

namespace daedap::api {

/// Who may use the API: a session cookie, `Authorization: Bearer TOKEN`, or Basic user and password.
/// A password's slow hash is paid once per log-in or per new Basic credential, off the loop; over 20
/// failures a minute from one address, further attempts from it are refused at once.
/// thread  the API's loop
class Auth {
 public:
  using Allowed = std::function<void(Role)>;
  Auth(const Backend& backend, std::vector<std::string> tokens, std::function<base::Time()> now);

  void check(const net::HttpRequest& request, Allowed then);
  /// The cookie's value of a new session, or "" when user or password are wrong.
  void log_in(const net::HttpRequest& request, std::string user, std::string password, std::function<void(std::string)> then);
  void log_out(const net::HttpRequest& request);

  static constexpr base::Millis session_time = std::chrono::hours{12};
  static constexpr std::size_t max_sessions = 1000;

 private:
  using Digest = std::array<unsigned char, 32>;
  struct DigestHash {
    std::size_t operator()(const Digest& d) const;
  };
  Digest digest(std::string_view secret) const;
  void verify(const base::Address& from, std::string user, std::string password, Allowed then);
  bool too_many_failures(const base::Address& from);
  void note_failure(const base::Address& from);
  struct Known {
    base::Time until;
    Role role;
  };
  using Knowns = std::unordered_map<Digest, Known, DigestHash>;
  void remember(Knowns& known, const Digest& d, Role role);
  Role role_in(const Knowns& known, const Digest& d) const;
  void check_bearer(const net::HttpRequest& request, std::string token, Allowed then);

  // given
  const Backend& backend_;
  std::function<base::Time()> now_;
  // state
  std::array<unsigned char, 32> key_;  // of this process; secrets are only kept as keyed hashes
  Knowns sessions_, basics_, bearers_;
  std::vector<Digest> tokens_;
  std::deque<std::pair<base::Time, base::Address>> failures_;
};

}  // namespace daedap::api
