#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"

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

/// What we can do and where we listen.
struct LocalMedia {
  base::Address rtp;          // advertised address and RTP port
  std::vector<Codec> codecs;  // in our order of preference
  bool telephone_event = true;
  Direction direction = Direction::sendrecv;
  std::uint64_t session_id = 0;
  std::uint64_t version = 0;  // raise it for each new description
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
};

/// Our description after an offer, and what it means.
struct Answer {
  std::string sdp;
  Negotiated media;
};

/// Answers the peer's offer; keeps the number and order of its m-lines, refuses (port 0) all but the
/// first usable audio line. The offerer's codec order wins.
/// errors  bad_syntax, too_large, no_common_codec, unsupported   spec  RFC 3264 §6
base::Result<Answer> answer(std::string_view offer, const LocalMedia& local);

/// Our offer. spec  RFC 3264 §5
std::string make_offer(const LocalMedia& local);

/// The peer's answer to `make_offer(local)`. spec  RFC 3264 §7
base::Result<Negotiated> accept(const LocalMedia& local, std::string_view answer);

}  // namespace daedap::sdp
