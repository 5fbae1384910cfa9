#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/random.hpp"
#include "call/trunk.hpp"
#include "call/trunks.hpp"
#include "sip/registrar/registration.hpp"
#include "sip/request_port.hpp"

namespace daedap::call {

/// Keeps our registrations with the providers: one sip::Registration per trunk that registers.
/// in      set_addresses (of resolved servers), on_response, on_time, unregister
/// out     RequestPort::request; states; log events trunk_registered, trunk_failed
/// thread  shard 0
class TrunkDesk {
 public:
  struct Settings {
    std::string token_secret;    // as for Trunks
    std::string call_id_prefix;  // shard 0's, so that answers come home
    std::function<base::Address(sip::Transport)> advertised;  // ours, for Contact
  };

  TrunkDesk(Settings settings, std::vector<Trunk> trunks, const sip::Hashes& hashes, base::Random& random,
            sip::RequestPort& port, base::Log log);

  /// What a server string was resolved to; again whenever it changes.
  void set_addresses(const std::string& server, std::vector<base::Address> addresses, base::Time now);
  /// False when the response is not one of ours.
  bool on_response(const sip::ResponseIn& in, base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const;
  /// At shutdown: takes all bindings away; `idle` once the providers answered or were given up.
  void unregister(base::Time now);
  bool idle() const { return under_way_.empty(); }

  /// All trunks in the order of the configuration.
  std::vector<TrunkState> states() const;

 private:
  struct Line {
    Trunk trunk;
    std::unique_ptr<sip::Registration> registration;  // null: the trunk does not register
    sip::Registration::State logged = sip::Registration::State::trying;
  };
  std::vector<sip::Registration::Target> targets_of(const Trunk& trunk) const;
  void drain(Line& line, base::Time now);
  void log_state(Line& line);

  // given
  Settings settings_;
  sip::RequestPort& port_;
  base::Log log_;
  // state
  std::vector<Line> lines_;
  std::map<std::string, std::vector<base::Address>> addresses_;
  std::map<sip::RequestId, std::size_t> under_way_;
};

}  // namespace daedap::call
