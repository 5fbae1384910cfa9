#include "rtp/rtcp.hpp"

namespace daedap::rtp {
namespace {

constexpr base::Duration longest_round_trip = std::chrono::seconds(60);

}  // namespace

NtpTime NtpTime::from(base::Time now) {
  const auto ns = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const std::uint64_t seconds = ns / 1'000'000'000;
  const std::uint64_t rest = ns % 1'000'000'000;
  return NtpTime{seconds << 32 | (rest << 32) / 1'000'000'000};
}

std::optional<base::Duration> round_trip(const ReportBlock& block, NtpTime now) {
  if (block.last_sr == 0) return std::nullopt;
  const std::uint32_t units = now.middle() - block.last_sr - block.delay_since_last_sr;
  // A negative result wraps to hours and fails the same test.
  const base::Duration trip{static_cast<std::int64_t>(units) * 1'000'000'000 / 65'536};
  if (trip > longest_round_trip) return std::nullopt;
  return trip;
}

}  // namespace daedap::rtp
