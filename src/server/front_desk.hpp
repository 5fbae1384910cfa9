#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "call/operators.hpp"
#include "call/registrar_desk.hpp"
#include "call/trunk_desk.hpp"
#include "sip/endpoint.hpp"

namespace daedap::server {

/// What the first shard does for all of them: operators' telephones register here, and our own
/// registrations with providers run here.
/// thread  the first shard
class FrontDesk {
 public:
  struct Parts {
    std::string realm, secret;
    sip::DigestOffer digest = sip::DigestOffer::md5;
    std::vector<call::Trunk> trunks;
    std::function<base::Address(sip::Transport)> advertised;
    std::string call_id_prefix;
    base::Log log;
  };
  struct Outlets {
    std::function<void(call::Contacts)> on_contacts;
    std::function<void(std::vector<call::TrunkState>)> on_trunks;
    std::function<void(const call::RegistrarDesk::Counts&)> on_counts;
    std::function<void(sip::Bans)> on_bans;  // somebody was banned
  };
  FrontDesk(Parts parts, Outlets outlets, sip::Endpoint& endpoint, base::Random& random);

  void on_request(const sip::RequestIn& in, base::Time now);
  void on_response(const sip::ResponseIn& in, base::Time now);
  void on_flow_failed(const sip::Flow& flow, base::Time now);
  void on_wrong_password(const base::Address& source, base::Time now) { registrar_.on_wrong_password(source, now); }
  void set_operators(std::vector<call::Operator> operators, base::Time now);
  void set_trunk_addresses(const std::string& server, std::vector<base::Address> addresses, base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const;
  bool banned(const base::Address& source, base::Time now) const { return registrar_.banned(source, now); }
  std::size_t bans(base::Time now) const { return registrar_.bans(now); }
  /// Takes our registrations with providers away.
  void close(base::Time now) { trunks_.unregister(now); }
  /// After `close`: all of them answered or were given up.
  bool closed() const { return trunks_.idle(); }
  /// Tells what changed; after each input.
  void tell(base::Time now);

 private:
  // given
  Outlets outlets_;
  // owned
  call::Operators operators_;
  call::RegistrarDesk registrar_;
  call::TrunkDesk trunks_;
  // state
  std::vector<call::TrunkState> told_;
  call::RegistrarDesk::Counts counted_;
};

}  // namespace daedap::server
