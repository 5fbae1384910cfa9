#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/random.hpp"
#include "base/time.hpp"
#include "rtp/rtcp.hpp"
#include "rtp/sequence_stats.hpp"

namespace daedap::media {

/// When one leg's reports are due, what they say, and what the peer's reports tell.
/// NTP time is the monotonic clock: a sender without wall clock may do that (RFC 3550 §6.4.1), and
/// only differences are used.
/// spec  RFC 3550 §6.2, §6.3 (two members: the interval is the minimum of 5 s, randomised)
class RtcpSession {
 public:
  static constexpr base::Millis interval{5000};
  static constexpr std::size_t max_size = 256;

  RtcpSession(base::Random& random, std::uint32_t ssrc);

  /// The first report comes within 5 s of this.
  void start(base::Time now);
  bool due(base::Time now) const { return now >= next_; }
  /// Writes the report that is due, an SR when packets left since the report before last, else an
  /// RR; returns its length. `bye` ends the session.
  std::size_t write(const rtp::SenderInfo& sent, rtp::SequenceStats& received, base::Time now,
                    bool bye, std::span<std::uint8_t> out);
  /// A compound packet of the peer; what is malformed is dropped.
  void on_packet(std::span<const std::uint8_t> bytes, rtp::SequenceStats& received,
                 base::Time now);

  /// Share of our packets that the peer says were lost, 0..1, in its last interval.
  double remote_loss() const { return remote_loss_; }
  /// Zero = not known yet.
  base::Duration round_trip() const { return round_trip_; }

 private:
  void schedule(base::Time now, base::Duration about);

  base::Random& random_;
  std::uint32_t ssrc_;
  std::string cname_;
  base::Time next_ = base::never;
  std::uint32_t packets_last_ = 0, packets_before_ = 0;  // sent, at the last two reports
  double remote_loss_ = 0;
  base::Duration round_trip_{};
};

}  // namespace daedap::media
