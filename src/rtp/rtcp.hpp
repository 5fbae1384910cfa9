#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace daedap::rtp {

/// A 64-bit NTP time stamp, seconds in 32.32 fixed point. spec  RFC 3550 §4
struct NtpTime {
  std::uint64_t value = 0;
  /// The middle 32 bits (16.16), as LSR and DLSR use them.
  std::uint32_t middle() const { return static_cast<std::uint32_t>(value >> 16); }
  /// From the monotonic clock: a sender without wall clock may use elapsed time (RFC 3550 §6.4.1).
  static NtpTime from(base::Time now);
  friend bool operator==(NtpTime, NtpTime) = default;
};

/// What a receiver says about one source. spec  RFC 3550 §6.4.1
struct ReportBlock {
  std::uint32_t ssrc = 0;
  std::uint8_t fraction_lost = 0;    // of the interval, in 256ths
  std::int32_t cumulative_lost = 0;  // 24 bits, signed
  std::uint32_t highest_seq = 0;     // extended
  std::uint32_t jitter = 0;          // RTP clock units
  std::uint32_t last_sr = 0;         // NtpTime::middle of the last SR, 0 = none
  std::uint32_t delay_since_last_sr = 0;  // 1/65536 s
  friend bool operator==(const ReportBlock&, const ReportBlock&) = default;
};

/// What a sender says about itself.
struct SenderInfo {
  NtpTime ntp;
  std::uint32_t rtp_timestamp = 0;
  std::uint32_t packets = 0;
  std::uint32_t octets = 0;  // payload only
  friend bool operator==(const SenderInfo&, const SenderInfo&) = default;
};

/// A compound packet: one SR or RR, then SDES and perhaps BYE.
struct Compound {
  std::uint32_t ssrc = 0;            // of the first report
  std::optional<SenderInfo> sender;  // set when that report was an SR
  std::vector<ReportBlock> blocks;   // of all reports, at most max_blocks
  std::string cname;                 // of `ssrc`, empty when absent
  std::vector<std::uint32_t> bye;    // sources that left
  std::string bye_reason;

  static constexpr std::size_t max_blocks = 64;
  static constexpr std::size_t max_packets = 32;  // more in one datagram: too_large

  /// Packet types that we do not know are skipped. A compound that does not start with a report is
  /// accepted (RFC 5506). errors  bad_syntax, too_large   spec  RFC 3550 §6.1, A.2
  static base::Result<Compound> parse(std::span<const std::uint8_t> bytes);
};

/// What we send: SR when `sender` is set, else RR, then SDES CNAME and, when `bye`, BYE.
struct Report {
  std::uint32_t ssrc = 0;
  std::optional<SenderInfo> sender;
  std::span<const ReportBlock> blocks;  // at most 31
  std::string_view cname;               // at most 255 bytes
  bool bye = false;
};

/// Length written, 0 when `out` is too small or a cap is broken. cost  no allocation
std::size_t write(const Report& report, std::span<std::uint8_t> out);

/// Round trip that the peer's block about us tells, when it has seen a sender report of ours.
/// `now` on the clock of the SRs that we sent. Nonsense (negative, over 60 s) is nothing.
/// spec  RFC 3550 §6.4.1 (A - LSR - DLSR)
std::optional<base::Duration> round_trip(const ReportBlock& block, NtpTime now);

}  // namespace daedap::rtp
