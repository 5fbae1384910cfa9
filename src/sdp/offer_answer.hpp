#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"
#include "sdp/crypto.hpp"

namespace daedap::sdp {

/// As seen from the side that says it. spec  RFC 3264 §5.1
enum class Direction { sendrecv, sendonly, recvonly, inactive };

/// One codec of an m-line.
struct Codec {
  std::string name;  // "PCMU", "opus"; compared without case
  int clock_rate = 8000;
  int channels = 1;
  int payload_type = 0;
  std::string fmtp;
};

/// The telephone-event that was agreed on before.
struct EventType {
  int payload_type = 101, clock_rate = 8000;
};

/// What we can do and where we listen.
struct LocalMedia {
  base::Address rtp;          // advertised address and RTP port
  std::vector<Codec> codecs;  // in our order of preference
  bool telephone_event = true;
  std::optional<EventType> event;  // in an offer the only one; none = one per clock rate, from 101 on
  Direction direction = Direction::sendrecv;
  std::uint64_t session_id = 0;
  std::uint64_t version = 0;  // raise it for each new description
  SrtpPolicy srtp = SrtpPolicy::off;
  std::vector<CryptoKey> crypto;  // ours, one per suite, best first; the same for a leg's lifetime
  bool secure_profile = false;    // an optional offer says RTP/SAVP, as what was agreed on before did
};

/// What both sides agreed on for the one audio stream.
struct Negotiated {
  Codec codec;                         // what we send; its fmtp is the peer's
  std::vector<Codec> receive;          // what we may be sent (payload types as *we* will see them)
  std::optional<int> send_event_type;  // telephone-event payload type towards the peer
  std::optional<int> recv_event_type;
  int event_clock_rate = 8000;         // of both
  base::Address remote_rtp;
  base::Address remote_rtcp;
  bool rtcp_mux = false;
  Direction direction = Direction::sendrecv;  // ours
  int ptime = 20;                             // milliseconds the peer wants per packet
  std::optional<CryptoKey> srtp_send, srtp_receive;  // ours and the peer's; both or neither
  bool secure_profile = false;                       // the peer's line says RTP/SAVP or RTP/SAVPF
};

/// Our description after an offer, and what it means.
struct Answer {
  std::string sdp;
  Negotiated media;
};

/// Answers the peer's offer; keeps the number and order of its m-lines, refuses (port 0) all but the
/// first audio line that we can take, SRTP policy included. The offerer's order of codecs and of
/// crypto suites wins; its profile (RTP/AVP, RTP/SAVP, RTP/SAVPF) is answered in kind.
/// errors  bad_syntax, too_large, no_common_codec, unsupported (also: no SRTP that we need)
/// spec    RFC 3264 §6, RFC 4568 §5.1.2
base::Result<Answer> answer(std::string_view offer, const LocalMedia& local);

/// Our offer: RTP/AVP, with a=crypto when SRTP is optional; RTP/SAVP when it is required.
/// spec  RFC 3264 §5, RFC 4568 §5.1.1
std::string make_offer(const LocalMedia& local);

/// The peer's answer to `make_offer(local)`.
/// errors  bad_syntax (also: an a=crypto that we did not offer), too_large, no_common_codec, unsupported
/// spec    RFC 3264 §7, RFC 4568 §5.1.3
base::Result<Negotiated> accept(const LocalMedia& local, std::string_view answer);

}  // namespace daedap::sdp
