#include "media/splice.hpp"

#include <algorithm>
#include <chrono>

namespace daedap::media {
namespace {

constexpr int window = 64;
// Steps beyond these are not loss or reordering but another stream (RFC 3550 A.1) ...
constexpr int max_dropout = 3000;
constexpr int max_misorder = 100;
// ... and so are time stamps that part from the time by this much.
constexpr base::Duration far_off = std::chrono::seconds(2);

}  // namespace

std::optional<Splice::Place> Splice::place(const rtp::PacketHeader& header, bool event,
                                           const OutgoingStream& to, base::Time now) {
  const bool first = !follows(header, event, to, now);
  if (first) {
    begin(header, to, now);
  } else if (!fresh(header.seq)) {
    return std::nullopt;
  }
  const int units = event ? 0 : length(header, to);
  if (!event && (!audio_known_ || header.seq == highest_)) {
    audio_seq_ = header.seq;
    audio_timestamp_ = header.timestamp;
    audio_at_ = now;
    audio_known_ = true;
  }
  return Place{.seq = header.seq.plus(seq_shift_),
               .timestamp = rtp::Timestamp(header.timestamp.value() + timestamp_shift_),
               .first = first,
               .units = units};
}

bool Splice::follows(const rtp::PacketHeader& header, bool event, const OutgoingStream& to,
                     base::Time now) const {
  if (!running_ || !to.relayed() || header.ssrc != ssrc_) return false;
  const int step = header.seq.distance_from(highest_);
  if (step >= max_dropout || step <= -max_misorder) return false;
  if (event || !audio_known_) return true;  // all packets of a press carry the time of its start
  const std::int64_t units = header.timestamp.distance_from(audio_timestamp_);
  const auto media = base::Duration(units * 1'000'000 / to.clock_rate() * 1000);
  return std::chrono::abs(media - (now - audio_at_)) < far_off;
}

void Splice::begin(const rtp::PacketHeader& header, const OutgoingStream& to, base::Time now) {
  if (header.ssrc != ssrc_) units_ = 0;
  running_ = true;
  ssrc_ = header.ssrc;
  highest_ = header.seq;
  seen_ = 1;
  span_ = 1;
  audio_known_ = false;
  seq_shift_ = to.next_seq().distance_from(header.seq);
  timestamp_shift_ = to.timestamp_at(now).value() - header.timestamp.value();
}

// Whether this number has not gone out yet and may.
bool Splice::fresh(rtp::Seq seq) {
  const int step = seq.distance_from(highest_);
  if (step > 0) {
    seen_ = step >= window ? 1 : seen_ << step | 1;
    span_ = std::min(span_ + step, window);
    highest_ = seq;
    return true;
  }
  const std::uint64_t bit = -step < span_ ? std::uint64_t{1} << -step : 0;
  if (bit == 0 || (seen_ & bit) != 0) return false;
  seen_ |= bit;
  return true;
}

// The step to the packet before, where that is a possible packet time; 20 ms until it was seen.
int Splice::length(const rtp::PacketHeader& header, const OutgoingStream& to) {
  const int longest = to.clock_rate() * 120 / 1000;
  if (audio_known_ && header.seq == audio_seq_.plus(1)) {
    const std::int32_t step = header.timestamp.distance_from(audio_timestamp_);
    if (step > 0 && step <= longest) units_ = step;
  }
  return units_ > 0 && units_ <= longest ? units_ : to.clock_rate() / 50;
}

}  // namespace daedap::media
