#include "media/outgoing_stream.hpp"

#include <algorithm>

#include "audio/frame.hpp"

namespace daedap::media {

OutgoingStream::OutgoingStream(base::Random& random)
    : ssrc_(random.u32()),
      seq_(static_cast<std::uint16_t>(random.u16() & 0x7FFF)),  // no early wrap: RFC 3711 §3.3.1
      timestamp_(random.u32()) {}

base::Duration OutgoingStream::time_of(int units) const {
  return base::Duration(std::int64_t{units} * 1'000'000'000 / rate_);
}

rtp::Timestamp OutgoingStream::timestamp_at(base::Time now) const {
  if (!begun_ || now <= due_) return timestamp_;
  return timestamp_.plus(units_in(now - due_));
}

rtp::Timestamp OutgoingStream::own_tick(base::Time now) {
  if (relayed_ || !begun_) begin_turn(false, now);
  return timestamp_;
}

bool OutgoingStream::early(base::Time now) const {
  return relayed_ && due_ - now >= base::Duration(audio::frame_time);
}

void OutgoingStream::begin_turn(bool relayed, base::Time now) {
  timestamp_ = timestamp_at(now);
  ahead_ = begun_ ? std::max(base::Duration::zero(), due_ - now) : base::Duration::zero();
  due_ = now + ahead_;
  relayed_ = relayed;
  begun_ = true;
}

// Consecutive own ticks count by their units alone: a tick that comes late does not show.
void OutgoingStream::end_own_tick(int units, base::Time now) {
  timestamp_ = timestamp_.plus(units);
  due_ = now + base::Duration(audio::frame_time) + ahead_;
}

rtp::Seq OutgoingStream::take_own(std::size_t payload) {
  const rtp::Seq seq = seq_;
  seq_ = seq_.plus(1);
  ++packets_;
  octets_ += static_cast<std::uint32_t>(payload);
  return seq;
}

void OutgoingStream::on_relayed(rtp::Seq seq, rtp::Timestamp timestamp, int units, std::size_t payload,
                                base::Time now) {
  if (!relayed_) begin_turn(true, now);
  ++packets_;
  octets_ += static_cast<std::uint32_t>(payload);
  if (seq.distance_from(seq_) < 0) return;  // out of order: what comes next has moved on already
  seq_ = seq.plus(1);
  if (units == 0) return;
  timestamp_ = timestamp.plus(units);
  due_ = now + time_of(units) + ahead_;
}

rtp::SenderInfo OutgoingStream::sender_info(base::Time now) const {
  return {.ntp = rtp::NtpTime::from(now),
          .rtp_timestamp = timestamp_.plus(units_in(now - due_)).value(),
          .packets = packets_,
          .octets = octets_};
}

}  // namespace daedap::media
