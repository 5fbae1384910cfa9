#pragma once

#include <string>
#include <vector>
#include <string_view>

#include "base/result.hpp"
#include "sip/cseq.hpp"
#include "sip/flow.hpp"
#include "sip/message.hpp"
#include "sip/via.hpp"

namespace daedap::sip {

/// What matching and dialogs need of a request, parsed once.
struct RequestParts {
  Via via;  // the top one
  CSeq cseq;
  std::string call_id, from_tag, to_tag;  // tags are empty when absent
};

/// errors  bad_syntax when one of Via, CSeq, From, To, Call-ID is missing or broken
base::Result<RequestParts> parts_of(const Message& request);

/// Writes `received` and `rport` into the top Via, and takes out what the sender claimed there.
/// spec  RFC 3261 §18.2.1, RFC 3581 §4
void stamp_via(Message& request, const Flow& flow);

/// Key of a server transaction; `method` as the transaction knows it (an ACK or CANCEL looks for
/// "INVITE"). Requests without the magic cookie match by the RFC 2543 fields.
/// spec  RFC 3261 §17.2.3
std::string server_key(const Message& request, const RequestParts& parts, std::string_view method);

/// Key under which copies of one request that came by different paths meet. spec  RFC 3261 §8.2.2.2
std::string merge_key(const RequestParts& parts);

/// Key of a dialog as seen by us. The remote tag is compared afterwards: ours is random.
std::string dialog_key(std::string_view call_id, std::string_view local_tag);

/// The tag of a From or To value; empty when there is none or the value is broken.
std::string tag_of(std::string_view value);

/// A From value of ours with that tag.
std::string with_tag(const std::string& from, const std::string& tag);

/// The sender wants provisional responses to be acknowledged. spec  RFC 3262 §3
bool requires_100rel(const Message& message);

/// Hops that a request may still go; 70 when it does not say.
int max_forwards_of(const Message& request);

/// The URIs of a 3xx in the order in which they are to be tried, at most 16. spec  RFC 3261 §8.1.3.4
std::vector<std::string> contacts_of(const Message& response);

/// The SDP body, empty when the body is absent or of another type.
std::string sdp_of(const Message& message);

}  // namespace daedap::sip
