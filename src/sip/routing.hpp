#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sip/dialog.hpp"
#include "sip/flow.hpp"
#include "sip/message.hpp"
#include "sip/via.hpp"

namespace daedap::sip {

/// RFC 1918, shared, link-local, loopback, unique local: an address that others may not reach.
bool is_private(const base::Address& address);

/// Whether the sender of a request sits behind address translation: its own Via names an address or
/// (with rport) a port that the datagram did not come from. `top` as it came or stamped.
bool is_behind_nat(const Message& request, const Via& top, const Flow& flow);

/// The same of a registered contact: its URI names another address than the flow has.
bool is_behind_nat(std::string_view contact, const Flow& flow);

/// Where the dialog's first route or remote target says requests go; nullopt when that is a name, or
/// an address that we cannot reach from where `flow` leads. WebSocket peers have no address.
std::optional<Flow> flow_to_target(const Dialog& dialog, const Flow& flow);

/// The flow for our next request in a dialog whose peer last spoke on `flow`: an open connection
/// stays; over UDP the first route or the remote target, where it is an address that we can reach.
/// differs: names are not resolved here and a translated peer is answered where it spoke from
///          (RFC 3261 §8.1.2 would ask DNS or trust the Contact).
Flow next_flow(const Dialog& dialog, const Flow& flow, bool behind_nat);

/// "SIP/2.0/UDP host:port;branch=...;rport" for a request of ours. spec  RFC 3261 §18.1.1, RFC 3581
std::string make_via(const base::Address& advertised, Transport transport, std::string_view branch);

/// "<sip:host:port;transport=tcp>"; sips when the dialog is secure. spec  RFC 3261 §8.1.1.8, §12.1.1
std::string make_contact(const base::Address& advertised, Transport transport, bool secure);

}  // namespace daedap::sip
