#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "media/outgoing_stream.hpp"
#include "rtp/packet.hpp"

namespace daedap::media {

/// Gives each relayed packet its place in the outgoing stream. A run of packets of one source keeps
/// its own steps, so loss and reordering pass through as they are; a run ends when own audio had its
/// turn, the SSRC changes, or sequence numbers or time stamps jump, and the next run is joined on
/// without a hole. A packet goes out once: of two with one number the second is dropped, as are
/// those of before the run and those over 64 late (with SRTP a number used twice would give the
/// keystream away).
/// spec  RFC 3550 §5.1, A.1; RFC 3711 §9.1
class Splice {
 public:
  struct Place {
    rtp::Seq seq;
    rtp::Timestamp timestamp;
    bool first;  // of a run
    int units;   // how much audio it holds, as far as can be told; 0 for a telephone event
  };
  /// Nothing: drop it.
  std::optional<Place> place(const rtp::PacketHeader& header, bool event, const OutgoingStream& to,
                             base::Time now);

 private:
  bool follows(const rtp::PacketHeader& header, bool event, const OutgoingStream& to,
               base::Time now) const;
  void begin(const rtp::PacketHeader& header, const OutgoingStream& to, base::Time now);
  bool fresh(rtp::Seq seq);
  int length(const rtp::PacketHeader& header, const OutgoingStream& to);

  bool running_ = false;
  std::uint32_t ssrc_ = 0;
  rtp::Seq highest_;            // of the source
  std::uint64_t seen_ = 0;      // bit n = `highest_ - n` went out
  int span_ = 0;                // numbers since the run began, up to 64
  int seq_shift_ = 0;
  std::uint32_t timestamp_shift_ = 0;
  rtp::Seq audio_seq_;          // of the newest audio
  rtp::Timestamp audio_timestamp_;
  base::Time audio_at_{};
  bool audio_known_ = false;
  int units_ = 0;               // of a packet, 0 = not known yet
};

}  // namespace daedap::media
