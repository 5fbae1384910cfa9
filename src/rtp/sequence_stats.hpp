#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "rtp/packet.hpp"
#include "rtp/rtcp.hpp"

namespace daedap::rtp {

/// Reception statistics of one source, for receiver reports and call records.
/// spec  RFC 3550 §6.4.1, A.1 (probation, restarts), A.3 (loss), A.8 (jitter)
class SequenceStats {
 public:
  enum class Verdict {
    valid,      // count it, play it
    probation,  // a new source: not believed before two packets in sequence
    suspect,    // far off the sequence; believed when the next one follows it
  };

  explicit SequenceStats(int clock_rate = 8000) : clock_rate_(clock_rate) {}
  /// The RTP clock of the packets that follow; jitter in milliseconds stays what it was.
  void set_clock_rate(int clock_rate);

  /// A new SSRC starts a new source. `differs:` a source on probation may be played: the address was
  /// latched before.
  Verdict on_packet(const PacketHeader& header, base::Time now);
  /// A sender report of this source, for LSR and DLSR.
  void on_sender_report(std::uint32_t ssrc, NtpTime sent, base::Time now);
  /// The report block to send now; begins the next interval of `fraction_lost`.
  ReportBlock report(base::Time now);

  bool known() const { return known_; }
  std::uint32_t ssrc() const { return ssrc_; }
  std::uint32_t extended_highest() const { return cycles_ + highest_.value(); }
  /// Of all sources since the start.
  std::uint64_t received() const { return earlier_received_ + received_; }
  /// Of all sources since the start; never below zero.
  std::uint64_t lost() const;
  /// Milliseconds.
  double jitter_ms() const;

 private:
  void start(const PacketHeader& header, base::Time now);
  void restart_at(Seq seq);
  Verdict advance(Seq seq);
  void measure_jitter(Timestamp timestamp, base::Time now);
  std::uint32_t expected() const { return known_ ? extended_highest() - base_ + 1 : 0; }
  std::int64_t current_loss() const;

  int clock_rate_;
  bool known_ = false;
  std::uint32_t ssrc_ = 0;
  Seq highest_;
  std::uint32_t cycles_ = 0;
  std::uint32_t base_ = 0;
  int bad_seq_ = -1;
  bool in_sequence_ = false;  // off probation
  std::uint32_t received_ = 0;
  std::uint32_t expected_prior_ = 0;
  std::uint32_t received_prior_ = 0;
  std::uint64_t earlier_received_ = 0;
  std::uint64_t earlier_lost_ = 0;
  // jitter, in RTP clock units
  bool has_transit_ = false;
  std::uint32_t transit_ = 0;
  Timestamp last_timestamp_;
  double jitter_ = 0;
  // the last sender report
  std::uint32_t last_sr_ = 0;
  base::Time last_sr_at_{};
};

}  // namespace daedap::rtp
