#pragma once

#include <cstdint>
#include <span>

#include "audio/frame.hpp"
#include "base/time.hpp"
#include "media/leg.hpp"
#include "media/receiver.hpp"
#include "rtp/sequence_stats.hpp"

namespace daedap::media {

/// Which dynamic payload types of plain RTP carry linear samples; PCMU is 0 and PCMA is 8 always.
struct IngestTypes {
  int l16_8000 = 11;    // what Asterisk sends as slin
  int l16_16000 = 118;  // and as slin16
  friend bool operator==(const IngestTypes&, const IngestTypes&) = default;
};
/// The same, as a receiver and a gate take them.
sdp::Negotiated ingest_media(const IngestTypes& types);
PayloadTypes payload_types(const IngestTypes& types);

/// One voice that comes as plain RTP: packets in, a frame of 20 ms per tick out. A change of SSRC
/// starts its play-out anew.
/// thread  the shard
class IngestStream {
 public:
  explicit IngestStream(const IngestTypes& types);

  void set_sink(audio::FrameSink* sink) { receiver_.set_sink(sink); }
  /// One datagram of the stream's source; what is no RTP is counted.
  void on_datagram(std::span<const std::uint8_t> bytes, base::Time now);
  /// Hands on the next frame; nothing before the first packet.
  void on_tick(base::Time now, std::int64_t position);

  bool heard_anything() const { return heard_; }
  base::Time last_received() const { return last_; }
  /// Packets that wait for their turn.
  int waiting() const { return receiver_.buffer().waiting(); }
  LegStats stats() const;

 private:
  Receiver receiver_;
  PayloadTypes types_;
  rtp::SequenceStats received_;
  base::Time last_{};
  std::uint64_t bad_ = 0;
  bool heard_ = false;
};

}  // namespace daedap::media
