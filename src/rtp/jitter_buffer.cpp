#include "rtp/jitter_buffer.hpp"

#include <algorithm>
#include <cstdlib>

namespace daedap::rtp {
namespace {

// Steps beyond these are not loss or reordering but another stream (RFC 3550 A.1) ...
constexpr int max_dropout = 3000;
constexpr int max_misorder = 100;
// ... and so is a transit that changed by this much.
constexpr base::Duration far_off = std::chrono::seconds(2);
constexpr base::Duration longest_ptime = std::chrono::milliseconds(60);
// So many late packets over so long: the stream has moved for good.
constexpr int late_limit = 10;
constexpr base::Duration late_span = std::chrono::milliseconds(180);
constexpr std::int64_t first_cycle = std::int64_t{1} << 32;

}  // namespace

JitterBuffer::JitterBuffer(Settings settings) : settings_(settings), transit_(settings.max_delay) {}

// @path rtp-in 5/8
JitterBuffer::Pushed JitterBuffer::push(const PacketView& packet, base::Time now, int clock_rate) {
  const PacketHeader& header = packet.header;
  if (packet.payload.empty() || packet.payload.size() > max_packet) {
    ++counters_.rejected;
    return Pushed::rejected;
  }
  const bool other_clock = clock_rate != clock_rate_;
  if (!known_ || header.ssrc != ssrc_ || (other_clock && jumps(header.seq))) {
    clock_rate_ = clock_rate;
    restart(header);
  } else if (other_clock && !change_clock(header, clock_rate, now)) {
    ++counters_.late;
    return Pushed::late;
  } else if (!belongs(header, now)) {
    ++counters_.rejected;
    return Pushed::rejected;
  }
  const std::int64_t seq =
      highest_ + header.seq.distance_from(Seq(static_cast<std::uint16_t>(highest_)));
  const std::int64_t units = unwrap(header.timestamp);
  const base::Duration media = media_time(units);
  const Pushed pushed = place(packet, seq, media);
  if (pushed == Pushed::duplicate) {
    ++counters_.duplicates;
    return pushed;
  }
  transit_.on_packet(media, now);
  if (units > newest_units_) {
    newest_units_ = units;
    newest_ = header.timestamp;
  }
  if (pushed == Pushed::late) count_late(now);
  return pushed;
}

void JitterBuffer::restart(const PacketHeader& header) {
  if (known_) ++counters_.restarts;
  reset();
  known_ = true;
  ssrc_ = header.ssrc;
  highest_ = first_cycle + header.seq.value();
  next_ = highest_ - max_packets;
  newest_ = header.timestamp;
}

void JitterBuffer::reset() {
  for (Slot& s : slots_) {
    s.seq = -1;
    s.full = false;
  }
  waiting_ = 0;
  transit_.reset();
  known_ = playing_ = false;
  fresh_ = settle_ = true;
  newest_units_ = 0;
  origin_ = {};
  suspect_.reset();
  excess_since_.reset();
  late_run_ = conceal_run_ = 0;
  starved_ = gap_ = {};
  ptime_ = tick;
  ptime_candidate_ = {};
}

bool JitterBuffer::jumps(Seq seq) const {
  const int step = seq.distance_from(Seq(static_cast<std::uint16_t>(highest_)));
  return step >= max_dropout || step <= -max_misorder;
}

// The packet's place follows from its sequence number, or from its arrival when the sender paused
// over the change. False for a straggler of the former clock.
bool JitterBuffer::change_clock(const PacketHeader& header, int clock_rate, base::Time now) {
  const int step = header.seq.distance_from(Seq(static_cast<std::uint16_t>(highest_)));
  if (step <= 0) return false;
  const base::Duration follows = media_time(newest_units_) + step * ptime_;
  const base::Duration arrived = now.time_since_epoch() - transit_.base();
  clock_rate_ = clock_rate;
  origin_ = arrived - follows > settings_.max_delay ? arrived : follows;
  newest_units_ = 0;
  newest_ = header.timestamp;
  return true;
}

std::int64_t JitterBuffer::unwrap(Timestamp timestamp) const {
  return newest_units_ + timestamp.distance_from(newest_);
}

base::Duration JitterBuffer::media_time(std::int64_t units) const {
  const std::int64_t rate = clock_rate_;
  return origin_ + std::chrono::seconds(units / rate) +
         base::Duration(units % rate * 1'000'000'000 / rate);
}

// False for a packet far off the stream; when the next one follows it, the stream has moved and
// begins anew with that one.
bool JitterBuffer::belongs(const PacketHeader& header, base::Time now) {
  const base::Duration transit = now.time_since_epoch() - media_time(unwrap(header.timestamp));
  const base::Duration off = transit - transit_.base();
  if (!jumps(header.seq) && std::chrono::abs(off) < far_off) {
    suspect_.reset();
    return true;
  }
  const bool follows = suspect_ && suspect_->next == header.seq &&
                       std::chrono::abs(transit - suspect_->transit) < far_off;
  if (follows) {
    restart(header);
    return true;
  }
  suspect_ = Suspect{header.seq.plus(1), transit};
  return false;
}

JitterBuffer::Pushed JitterBuffer::place(const PacketView& packet, std::int64_t seq,
                                         base::Duration media) {
  Slot& s = slot(seq);
  if (s.seq == seq) return Pushed::duplicate;
  if (seq < next_ || seq <= highest_ - ring) return Pushed::late;
  make_room(seq);
  highest_ = std::max(highest_, seq);
  s.seq = seq;
  s.full = true;
  s.marker = packet.header.marker;
  s.payload_type = packet.header.payload_type;
  s.timestamp = packet.header.timestamp;
  s.media = media;
  s.payload.assign(packet.payload.begin(), packet.payload.end());
  ++waiting_;
  learn_ptime(s);
  return Pushed::stored;
}

// Drops from the old end until `seq` fits into the ring and the cap.
void JitterBuffer::make_room(std::int64_t seq) {
  for (Slot* old = head(); old; old = head()) {
    if (waiting_ < max_packets && old->seq > seq - ring) return;
    discard(*old);
    ++counters_.dropped;
  }
}

void JitterBuffer::discard(Slot& s) {
  s.full = false;
  --waiting_;
  next_ = s.seq + 1;
}

// The oldest packet that waits.
JitterBuffer::Slot* JitterBuffer::head() {
  if (waiting_ == 0) return nullptr;
  for (std::int64_t seq = std::max(next_, highest_ - ring + 1); seq <= highest_; ++seq) {
    Slot& s = slot(seq);
    if (s.full && s.seq == seq) return &s;
  }
  return nullptr;
}

// The media time between two packets in sequence. A longer step must be seen twice: it may be a
// pause of the speaker.
void JitterBuffer::learn_ptime(const Slot& s) {
  const Slot& before = slot(s.seq - 1);
  if (before.seq != s.seq - 1 || s.marker) return;
  const base::Duration step = s.media - before.media;
  if (step <= base::Duration::zero() || step > longest_ptime) return;
  const bool first = ptime_candidate_ == base::Duration::zero();
  if (first || step == ptime_candidate_) ptime_ = step;
  ptime_candidate_ = step;
}

void JitterBuffer::count_late(base::Time now) {
  ++counters_.late;
  if (late_run_++ == 0) late_since_ = now;
  if (late_run_ < late_limit || now - late_since_ < late_span) return;
  ++counters_.restarts;
  reset();
}

}  // namespace daedap::rtp
