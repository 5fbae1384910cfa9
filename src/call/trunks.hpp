#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"
#include "call/trunk.hpp"
#include "sdp/crypto.hpp"
#include "sip/flow.hpp"
#include "sip/hashes.hpp"
#include "sip/message.hpp"

namespace daedap::call {

/// One entry of Trunk::servers in parts.
struct TrunkServer {
  std::string host;                                // name or address; lower case
  std::uint16_t port = 0;                          // 0 = SRV, else the transport's default
  sip::Transport transport = sip::Transport::udp;
  bool secure = false;                             // sips:

  /// "host", "host:port", "sip:host:port;transport=tcp", "sips:host". errors  bad_syntax
  static base::Result<TrunkServer> parse(std::string_view text);
  /// The way to one address that the host was resolved to; port 0 = the transport's default.
  sip::Flow flow_to(const base::Address& address) const;
  friend bool operator==(const TrunkServer&, const TrunkServer&) = default;
};

/// An IP network: "192.0.2.0/24", "2001:db8::/32", or one address.
struct Network {
  base::Address base;
  unsigned bits = 0;

  /// errors  bad_syntax
  static base::Result<Network> parse(std::string_view text);
  bool holds(const base::Address& address) const;
};

/// The user part of our Contact with a registering trunk. Keyed, so nobody guesses it, and the same on
/// every shard that has the secret.
std::string trunk_token(const sip::Hashes& hashes, std::string_view secret, std::string_view trunk);

/// How to place one call by a trunk: fields for sip::OutgoingInvite.
struct TrunkCall {
  std::string target, from, to;
  std::vector<sip::Header> headers;  // P-Asserted-Identity, Privacy
  sip::Flow flow;
  std::string user, password;
};
/// Who calls, for TrunkCall.
struct CallerId {
  std::string number;    // shown; empty = the trunk's caller_id
  std::string name;      // display name, may be empty
  bool anonymous = false;
};

/// The trunks of one shard and where their servers are.
/// spec  RFC 3325 (P-Asserted-Identity only to and from trunks), RFC 3323 (Privacy: id)
class Trunks {
 public:
  Trunks() = default;
  /// Entries of `inbound_from` and `servers` that cannot be read are skipped: the configuration checks them.
  Trunks(std::vector<Trunk> trunks, const sip::Hashes& hashes, std::string_view secret);

  /// What a server string was resolved to; best first.
  void set_addresses(const std::string& server, std::vector<base::Address> addresses);

  const Trunk* find(std::string_view name) const;
  /// The trunk that an INVITE comes from: by the token in its request URI, else by its source address;
  /// nullptr = from no trunk.
  const Trunk* inbound(const sip::Message& invite, const sip::Flow& flow) const;
  /// The number that was dialled: P-Called-Party-ID or To when the request URI holds our token.
  std::string dialled(const sip::Message& invite) const;
  /// The operator or queue that the call is for: the number as it came, national, E.164, else `inbound_to`;
  /// empty = 404. A trunk's call never leaves by another trunk.
  static std::string callee(const Trunk& trunk, const std::string& dialled,
                            const std::function<bool(const std::string&)>& known);
  /// Who calls, E.164 where it can be; P-Asserted-Identity counts before From. Empty = anonymous.
  static std::string caller(const Trunk& trunk, const sip::Message& invite);
  /// The caller does not want to be shown. spec  RFC 3323 §4.2, RFC 3325 §9.3
  static bool is_private(const sip::Message& invite);

  /// One way for each address of each server, best first, for failover.
  std::vector<TrunkCall> outbound(const Trunk& trunk, const std::string& number, const CallerId& caller) const;

  const std::vector<Trunk>& all() const { return trunks_; }

 private:
  const Trunk* by_token(const sip::Message& invite) const;

  std::vector<Trunk> trunks_;
  std::vector<std::vector<Network>> networks_;  // by trunk
  std::map<std::string, std::size_t> tokens_;
  std::map<std::string, std::vector<base::Address>> addresses_;
};

/// What a trunk's `srtp` says.
sdp::SrtpPolicy srtp_of(const Trunk& trunk);
/// The domain of a trunk's From and To.
std::string trunk_domain(const Trunk& trunk);

/// Takes out the headers that only a trusted peer may send (P-Asserted-Identity). spec  RFC 3325 §5
void strip_untrusted(sip::Message& request);

}  // namespace daedap::call
