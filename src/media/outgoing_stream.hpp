#pragma once

#include <cstdint>

#include "base/random.hpp"
#include "base/time.hpp"
#include "rtp/packet.hpp"
#include "rtp/rtcp.hpp"

namespace daedap::media {

/// The one RTP stream that a peer gets from us, whoever fills it: own audio and relayed packets take
/// turns, and to the peer SSRC, sequence numbers and time stamps go on. Time stamps follow the time
/// that passes; a turn never sets them back.
/// spec  RFC 3550 §5.1, §6.4.1
class OutgoingStream {
 public:
  explicit OutgoingStream(base::Random& random);
  void set_clock_rate(int hz) { rate_ = hz; }

  /// Own audio: the time stamp of this tick, whether or not a packet leaves; the turn becomes ours.
  rtp::Timestamp own_tick(base::Time now);
  void end_own_tick(int units, base::Time now);
  /// The sequence number of an own packet; counts it.
  rtp::Seq take_own(std::size_t payload);

  /// Relayed audio: the place of a packet that begins a turn.
  rtp::Seq next_seq() const { return seq_; }
  rtp::Timestamp timestamp_at(base::Time now) const;
  /// A relayed packet left. `units` = how long its audio is, 0 for a telephone event.
  void on_relayed(rtp::Seq seq, rtp::Timestamp timestamp, int units, std::size_t payload, base::Time now);
  /// Whether the last turn is that of the relay.
  bool relayed() const { return relayed_; }
  /// Whether the relay already sent the audio of this instant and 20 ms more: then an own turn begins
  /// with the next tick, or time stamps would run away from the time with each turn.
  bool early(base::Time now) const;

  std::uint32_t ssrc() const { return ssrc_; }
  int clock_rate() const { return rate_; }
  std::uint32_t packets() const { return packets_; }
  /// For a sender report: packets, octets, and the time stamp of this instant.
  rtp::SenderInfo sender_info(base::Time now) const;

 private:
  std::int64_t units_in(base::Duration d) const { return d.count() / 1000 * rate_ / 1'000'000; }
  base::Duration time_of(int units) const;
  void begin_turn(bool relayed, base::Time now);

  int rate_ = 8000;
  std::uint32_t ssrc_;
  rtp::Seq seq_;                // of the next packet in order
  rtp::Timestamp timestamp_;    // of the audio that is due at `due_`
  base::Time due_{};
  base::Duration ahead_{};      // by which packets of this turn leave before their audio is due
  bool relayed_ = false, begun_ = false;
  std::uint32_t packets_ = 0, octets_ = 0;
};

}  // namespace daedap::media
