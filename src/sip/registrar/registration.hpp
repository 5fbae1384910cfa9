#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "sip/request_port.hpp"

namespace daedap::sip {

/// Our registration with a provider: says what to send and when. One request is under way at a time.
/// in      set_targets, on_response, on_time, unregister
/// out     take_request, after each input; state, text
/// errors  refusals and silence are states, retried after 5 s, doubling up to 300 s, with jitter
/// spec    RFC 3261 §10.2
class Registration {
 public:
  enum class State : std::uint8_t { trying, registered, refused, unreachable, unregistered };
  /// One address of a server.
  struct Target {
    std::string server;        // as configured, for `server()`
    std::string registrar;     // request URI: "sip:sip.example.com"
    Flow flow;
    base::Address advertised;  // ours, for Contact
    friend bool operator==(const Target&, const Target&) = default;
  };
  struct Settings {
    std::string aor;       // "sip:user@domain"
    std::string user, password;
    std::string token;     // user part of our Contact; calls that come by this registration carry it
    std::string call_id;
    std::chrono::seconds expires{600};
  };

  Registration(Settings settings, base::Random& random);

  /// Best first; empty = the names could not be resolved.
  void set_targets(std::vector<Target> targets, base::Time now);
  /// The final answer to the request that `take_request` gave; `response` is empty for 408 and 503 of
  /// our own endpoint.
  void on_response(int status, const Message& response, base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const;
  std::optional<OutgoingRequest> take_request();
  /// Takes the binding away, once; nothing is retried. `state` becomes `unregistered`.
  void unregister(base::Time now);

  State state() const { return state_; }
  /// "403 Forbidden", "no answer", empty when all is well. Never a credential.
  const std::string& text() const { return text_; }
  /// The server in use, as configured; empty when there is none.
  std::string server() const;
  /// A request is under way.
  bool busy() const { return busy_; }

 private:
  void try_now();
  void on_ok(const Message& response, base::Time now);
  void on_too_brief(const Message& response, base::Time now);
  void on_failure(State state, std::string text, std::chrono::seconds at_least, base::Time now);
  std::chrono::seconds granted(const Message& response) const;
  /// `span` and up to `most` thousandths more.
  base::Duration with_jitter(base::Duration span, unsigned most);

  // given
  Settings settings_;
  base::Random& random_;
  // state
  std::vector<Target> targets_;
  std::size_t current_ = 0;
  std::size_t failed_ = 0;  // targets that were silent one after another
  std::chrono::seconds expires_;
  std::chrono::seconds back_off_{0};
  std::uint32_t cseq_ = 0;
  State state_ = State::trying;
  std::string text_;
  bool wanted_ = false;     // take_request has something to give
  bool busy_ = false;
  bool bound_ = false;      // the provider has, or may have, a binding of ours
  bool leaving_ = false;
  bool farewell_ = false;   // the request under way takes the binding away
  base::Time next_ = base::never;
};

}  // namespace daedap::sip
