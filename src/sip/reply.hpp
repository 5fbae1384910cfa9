#pragma once

#include <string>
#include <string_view>

#include "sip/message.hpp"

namespace daedap::sip {

/// The phrase for a status code; that of its class when the code is unknown. spec  RFC 3261 §21
const char* reason_phrase(int status);

/// The headers of a request that its responses repeat: Via, From, To, Call-ID, CSeq, Record-Route.
/// spec  RFC 3261 §8.2.6.2
Message reply_head(const Message& request);

/// A response from such a head. A To tag of the request stays; otherwise `to_tag` goes in, unless it
/// is empty. Record-Route is kept in 101-299 only, where it forms dialogs (§12.1.1).
Message make_response(const Message& head, int status, std::string_view to_tag);

/// The ACK of a 3xx-6xx, hop by hop. spec  RFC 3261 §17.1.1.3
Message make_failure_ack(const Message& invite, const Message& response);

/// The CANCEL of our INVITE. spec  RFC 3261 §9.1
Message make_cancel(const Message& invite);

/// Puts an SDP body in, or nothing when it is empty.
void set_sdp(Message& message, const std::string& sdp);

/// Retry-After in seconds; nullopt when absent or broken.
std::optional<int> retry_after_of(const Message& response);

}  // namespace daedap::sip
