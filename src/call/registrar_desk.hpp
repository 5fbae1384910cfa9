#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/random.hpp"
#include "call/operators.hpp"
#include "call/registrations.hpp"
#include "sip/registrar/authenticator.hpp"
#include "sip/registrar/ban_list.hpp"
#include "sip/registrar/registrar.hpp"
#include "sip/request_port.hpp"

namespace daedap::call {

/// Where the operators' telephones register: shard 0's. Authenticates, slows down and bans who guesses
/// passwords, keeps paths through address translators open, and says when contacts change.
/// in      on_request (REGISTER), on_response (of its own OPTIONS), on_flow_failed, on_operators, on_time
/// out     RequestPort::respond and request; take_changed; log events sip_registered, sip_unregistered,
///         sip_auth_failed, sip_source_banned
/// errors  an unknown user and a wrong password get the same answer after the same time
/// thread  shard 0     spec  RFC 3261 §10.3
class RegistrarDesk {
 public:
  struct Settings {
    sip::Authenticator::Settings authentication;
    sip::Registrar::Limits limits;
    std::function<std::string()> date;       // RFC 1123 text for Date; empty = no Date header
    std::size_t most_delayed = 256;          // answers that wait; over it the oldest is given early
    std::chrono::seconds ping_every{30};
  };
  struct Counts {
    std::uint64_t registered = 0, refused = 0, banned = 0;
  };

  RegistrarDesk(Settings settings, sip::Hashes hashes, base::Random& random, sip::RequestPort& port,
                const Operators& operators, base::Log log);

  void on_request(const sip::RequestIn& in, base::Time now);
  /// False when the response is not one of ours.
  bool on_response(const sip::ResponseIn& in, base::Time now);
  void on_flow_failed(const sip::Flow& flow, base::Time now);
  /// Somebody gave a wrong password with another request than REGISTER.
  void on_wrong_password(const base::Address& source, base::Time now);
  /// The operators were replaced: accounts that are no more, or have another password, lose their contacts.
  void on_operators(base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const;

  /// A new copy for all shards: at once when contacts came, went or moved, though not more often than each
  /// 100 ms, and within seconds when they were only refreshed. Ask after each input.
  std::optional<Contacts> take_changed(base::Time now);
  Contacts contacts() const { return Contacts(registrar_.all()); }
  /// For the transport: datagrams and connections of this source may be dropped.
  bool banned(const base::Address& source, base::Time now) const { return bans_.banned(source, now); }
  const Counts& counts() const { return counts_; }
  /// Sources that are banned now.
  std::size_t bans(base::Time now) const { return bans_.bans(now); }
  sip::Bans banned_now(base::Time now) const { return bans_.list(now); }

 private:
  struct Delayed {
    base::Time due;
    sip::RequestId request;
  };
  using Place = std::pair<std::string, std::string>;  // id, contact
  struct Ping {
    base::Time next;
    int misses = 0;
    bool under_way = false;
  };

  void respond(sip::RequestId request, int status, base::Time now, const std::vector<sip::Header>& extra = {});
  void authenticate(const sip::RequestIn& in, const std::string& id, base::Time now);
  void refuse(const sip::RequestIn& in, const std::string& user, base::Time now);
  void bind(const sip::RequestIn& in, const std::string& id, base::Time now);
  void log_changes(const std::string& id, const std::vector<sip::Binding>& before);
  void watch(const sip::RequestIn& in, const std::string& id, base::Time now);
  void give_delayed(base::Time now);
  void send_pings(base::Time now);
  void send_ping(const Place& place, const sip::Binding& binding, base::Time now);
  void log_gone(const std::string& id, const sip::Binding& binding, const char* why);
  void count_sources(const std::vector<sip::Binding>& bindings, int step);
  bool count_failure(const base::Address& source, base::Time now);
  bool contacts_from(const base::Address& source) const;
  void drop(const sip::Registrar::Removed& removed, const char* why, base::Time now);
  void tell_change(base::Time when);
  const Operator* account(const std::string& id) const;

  // given
  Settings settings_;
  base::Random& random_;
  sip::RequestPort& port_;
  const Operators& operators_;
  base::Log log_;
  // owned
  sip::Authenticator authenticator_;
  sip::Registrar registrar_;
  sip::BanList bans_;
  // state
  std::deque<Delayed> delayed_;  // in the order of their requests
  std::map<Place, Ping> pings_;
  std::map<std::string, std::string> proven_;  // by id: the secret that its contacts were registered with
  std::map<sip::RequestId, Place> pings_out_;
  std::map<base::Address, int> sources_;  // how many contacts each IP address has
  base::Time next_ping_ = base::never;   // never later than the first ping
  base::Time tell_at_ = base::never;     // when take_changed has something
  base::Time told_{};                    // when it last had
  Counts counts_;
};

}  // namespace daedap::call
