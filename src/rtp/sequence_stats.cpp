#include "rtp/sequence_stats.hpp"

#include <algorithm>
#include <cmath>

namespace daedap::rtp {
namespace {

// RFC 3550 A.1
constexpr std::uint16_t max_dropout = 3000;
constexpr std::uint16_t max_misorder = 100;
// A larger step of the transit is a restarted clock at the sender, not jitter.
constexpr int longest_step_s = 10;

std::uint32_t units(base::Time now, int clock_rate) {
  const auto ns = now.time_since_epoch().count();
  const auto rate = static_cast<std::int64_t>(clock_rate);
  return static_cast<std::uint32_t>(ns / 1'000'000'000 * rate +
                                    ns % 1'000'000'000 * rate / 1'000'000'000);
}

}  // namespace

void SequenceStats::set_clock_rate(int clock_rate) {
  if (clock_rate == clock_rate_) return;
  jitter_ = jitter_ / clock_rate_ * clock_rate;
  clock_rate_ = clock_rate;
  has_transit_ = false;
}

SequenceStats::Verdict SequenceStats::on_packet(const PacketHeader& header, base::Time now) {
  if (!known_ || header.ssrc != ssrc_) {
    start(header, now);
    return Verdict::probation;
  }
  const Verdict verdict = advance(header.seq);
  if (verdict == Verdict::suspect) return verdict;
  ++received_;
  measure_jitter(header.timestamp, now);
  return verdict;
}

void SequenceStats::start(const PacketHeader& header, base::Time now) {
  restart_at(header.seq);
  known_ = true;
  ssrc_ = header.ssrc;
  in_sequence_ = false;
  received_ = 1;
  has_transit_ = false;
  jitter_ = 0;
  last_sr_ = 0;
  measure_jitter(header.timestamp, now);
}

// What was counted so far is kept for the totals; a source that never got believed lost nothing.
void SequenceStats::restart_at(Seq seq) {
  earlier_received_ += received_;
  earlier_lost_ += static_cast<std::uint64_t>(current_loss());
  highest_ = seq;
  base_ = seq.value();
  cycles_ = received_ = expected_prior_ = received_prior_ = 0;
  bad_seq_ = -1;
}

SequenceStats::Verdict SequenceStats::advance(Seq seq) {
  if (!in_sequence_ && seq != highest_.plus(1)) {
    restart_at(seq);
    return Verdict::probation;
  }
  in_sequence_ = true;
  const auto step = static_cast<std::uint16_t>(seq.value() - highest_.value());
  if (step < max_dropout) {
    if (seq.value() < highest_.value()) cycles_ += 1u << 16;
    highest_ = seq;
  } else if (step <= 0x10000 - max_misorder) {
    if (seq.value() != bad_seq_) {
      bad_seq_ = seq.plus(1).value();
      return Verdict::suspect;
    }
    restart_at(seq);
  }
  return Verdict::valid;
}

void SequenceStats::measure_jitter(Timestamp timestamp, base::Time now) {
  // Packets of one telephone event share a time stamp and would look late.
  if (has_transit_ && timestamp == last_timestamp_) return;
  const std::uint32_t transit = units(now, clock_rate_) - timestamp.value();
  const double step = std::abs(static_cast<double>(static_cast<std::int32_t>(transit - transit_)));
  if (has_transit_ && step < clock_rate_ * longest_step_s) jitter_ += (step - jitter_) / 16;
  transit_ = transit;
  last_timestamp_ = timestamp;
  has_transit_ = true;
}

std::int64_t SequenceStats::current_loss() const {
  if (!in_sequence_) return 0;
  return std::max<std::int64_t>(std::int64_t{expected()} - received_, 0);
}

std::uint64_t SequenceStats::lost() const {
  return earlier_lost_ + static_cast<std::uint64_t>(current_loss());
}

double SequenceStats::jitter_ms() const { return jitter_ * 1000 / clock_rate_; }

void SequenceStats::on_sender_report(std::uint32_t ssrc, NtpTime sent, base::Time now) {
  if (!known_ || ssrc != ssrc_) return;
  last_sr_ = sent.middle();
  last_sr_at_ = now;
}

ReportBlock SequenceStats::report(base::Time now) {
  const std::int64_t expected_now = std::int64_t{expected()} - expected_prior_;
  const std::int64_t lost_now = expected_now - (std::int64_t{received_} - received_prior_);
  expected_prior_ = expected();
  received_prior_ = received_;

  ReportBlock block{.ssrc = ssrc_, .highest_seq = extended_highest()};
  if (expected_now > 0 && lost_now > 0) {
    block.fraction_lost =
        static_cast<std::uint8_t>(std::min<std::int64_t>((lost_now << 8) / expected_now, 255));
  }
  const std::int64_t total = std::int64_t{expected()} - received_;
  block.cumulative_lost =
      static_cast<std::int32_t>(std::clamp<std::int64_t>(total, -0x800000, 0x7FFFFF));
  block.jitter = static_cast<std::uint32_t>(jitter_);
  if (last_sr_ != 0) {
    block.last_sr = last_sr_;
    block.delay_since_last_sr = units(now, 65'536) - units(last_sr_at_, 65'536);
  }
  return block;
}

}  // namespace daedap::rtp
