#pragma once

#include <optional>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"
#include "sdp/offer_answer.hpp"
#include "sdp/session.hpp"

namespace daedap::sdp {

/// What one m=audio line means, as its sender sees it.
struct AudioLine {
  std::vector<Codec> codecs;  // in the sender's order, without telephone-event
  std::vector<Codec> events;  // telephone-event, one per clock rate
  base::Address rtp;
  base::Address rtcp;
  bool rtcp_mux = false;
  Direction direction = Direction::sendrecv;
  int ptime = 20;  // milliseconds
  bool secure = false;            // RTP/SAVP or RTP/SAVPF
  std::vector<CryptoKey> crypto;  // the a=crypto lines that we can use, in the sender's order
  std::size_t crypto_lines = 0;   // all of them

  /// Whether the line is live audio over RTP: not refused, RTP/AVP, RTP/SAVP or RTP/SAVPF.
  static bool usable(const MediaLine& line);
  /// errors  bad_syntax (formats that are no payload types, no c=), unsupported (host name or
  ///         multicast in c=)
  static base::Result<AudioLine> read(const Session& session, const MediaLine& line);

  /// The telephone-event of that clock rate. spec  RFC 4733 §2.1
  const Codec* event(int clock_rate) const;
};

bool sends(Direction d);
bool receives(Direction d);
Direction direction(bool sends, bool receives);
/// What `remote` says, seen from our side, as far as `local` wants it. spec  RFC 3264 §6.1
Direction answer_direction(Direction remote, Direction local);
/// The word of its attribute.
const char* name(Direction d);

}  // namespace daedap::sdp
