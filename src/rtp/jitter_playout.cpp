#include <algorithm>

#include "rtp/jitter_buffer.hpp"

namespace daedap::rtp {
namespace {

using std::chrono::milliseconds;

// After this many frames of concealment there is nothing left worth stretching.
constexpr int max_conceal_run = 5;
constexpr base::Duration tolerance = JitterBuffer::tick / 2;
constexpr base::Duration hysteresis = milliseconds(5);
constexpr base::Duration grow_pace = milliseconds(60);
constexpr base::Duration shrink_pace = milliseconds(100);
constexpr base::Duration audible_shrink_pace = milliseconds(1000);
constexpr base::Duration audible_shrink_after = milliseconds(2000);
constexpr int smoothing = 16;

}  // namespace

JitterBuffer::Popped JitterBuffer::pop(base::Time now, bool silence) {
  for (;;) {
    Slot* s = head();
    if (!s) return starve();
    if (!playing_) return begin(now);

    const base::Duration early = s->media - cursor_;
    if (early > tolerance) {
      // Nothing was lost: the sender paused, so the start of what follows may be chosen anew.
      if (s->seq == next_ || slack(s->media, now) >= settings_.max_delay - tick) return begin(now);
      gap_ += tick;
      return conceal(early <= tick + tolerance ? s : nullptr);
    }
    if (early < -tolerance) {
      if (acceptable_late(*s, now)) {
        counters_.grown += static_cast<std::uint64_t>(-early / base::Duration(tick));
        settle_ = true;
        changed_ = now;
        return hand_out(*s, now);
      }
      discard(*s);
      count_late(now);
      continue;
    }
    if (slack(s->media, now) > settings_.max_delay + tick) return begin(now);
    if (grow(silence || s->marker, now)) {
      ++counters_.concealed;
      return Missing{};
    }
    shrink(silence || s->marker, now);
    return hand_out(*head(), now);
  }
}

// How long ago a packet for `media` would have come without any jitter.
base::Duration JitterBuffer::slack(base::Duration media, base::Time now) const {
  return now.time_since_epoch() - media - transit_.base();
}

// The delay that the network of late asks for.
base::Duration JitterBuffer::need() const {
  return std::min<base::Duration>(transit_.peak() + settings_.min_margin,
                                  settings_.max_delay - tick);
}

JitterBuffer::Popped JitterBuffer::starve() {
  if (!playing_) return quiet();
  starved_ += tick;
  return conceal();
}

JitterBuffer::Popped JitterBuffer::conceal(const Slot* behind) {
  cursor_ += tick;
  if (++conceal_run_ > max_conceal_run) {
    playing_ = false;
    return quiet();
  }
  ++counters_.concealed;
  if (!behind) return Missing{};
  return Missing{.next = behind->payload, .next_type = behind->payload_type};
}

JitterBuffer::Popped JitterBuffer::quiet() {
  ++counters_.quiet;
  return Quiet{};
}

// Starts, or starts again after a pause, with the delay that is needed now.
JitterBuffer::Popped JitterBuffer::begin(base::Time now) {
  playing_ = false;
  for (Slot* s = head(); s; s = head()) {
    const base::Duration waited = slack(s->media, now);
    if (waited > settings_.max_delay) {
      discard(*s);
      count_late(now);
      continue;
    }
    if (waited < need()) break;
    const bool paused = s->seq == next_ && s->media - (cursor_ - starved_) > tolerance;
    if (paused) {  // what we took for loss was silence suppression
      counters_.concealed -= static_cast<std::uint64_t>(std::min(conceal_run_, max_conceal_run));
      counters_.quiet += static_cast<std::uint64_t>(std::min(conceal_run_, max_conceal_run));
    }
    playing_ = settle_ = true;
    changed_ = now;
    return hand_out(*s, now);
  }
  return quiet();
}

// A packet whose time has passed is still played when nothing else was played in its place: then
// the delay grows by as much. Not when its successor is already due.
bool JitterBuffer::acceptable_late(const Slot& s, base::Time now) const {
  if (gap_ > base::Duration::zero() || slack(s.media, now) > settings_.max_delay) return false;
  return s.seq == next_ || cursor_ - s.media <= starved_ + tolerance;
}

// Whether this frame is spent on a longer delay: in silence as soon as the margin is thin, else
// only when the slowest packets would come too late.
bool JitterBuffer::grow(bool silence, base::Time now) {
  const base::Duration margin = silence ? settings_.min_margin / 2 : base::Duration::zero();
  const auto want = std::min<base::Duration>(transit_.peak() + margin, settings_.max_delay - tick);
  if (settle_ || delay_ >= want || now - changed_ < grow_pace) return false;
  delay_ += tick;
  changed_ = now;
  ++counters_.grown;
  return true;
}

// Drops the head when the delay is a whole packet longer than needed: at once in silence, else
// when that has lasted.
void JitterBuffer::shrink(bool silence, base::Time now) {
  if (settle_ || delay_ - ptime_ < need() + hysteresis) {
    excess_since_.reset();
    return;
  }
  if (!excess_since_) excess_since_ = now;
  const bool lasted =
      now - *excess_since_ >= audible_shrink_after && now - changed_ >= audible_shrink_pace;
  if (!(silence ? now - changed_ >= shrink_pace : lasted)) return;
  Slot& first = *head();
  const Slot& second = slot(first.seq + 1);
  const bool follows = second.full && second.seq == first.seq + 1 &&
                       std::chrono::abs(second.media - first.media - ptime_) < tolerance;
  if (!follows) return;
  discard(first);
  ++counters_.dropped;
  cursor_ = second.media;
  delay_ -= ptime_;
  changed_ = now;
}

JitterBuffer::Packet JitterBuffer::hand_out(Slot& s, base::Time now) {
  const base::Duration measured = slack(s.media, now);
  // Late ticks only ever lengthen what is measured, so a shorter one is believed at once.
  delay_ = settle_ || measured < delay_ ? measured : delay_ + (measured - delay_) / smoothing;
  settle_ = false;
  const Packet packet{.payload_type = s.payload_type,
                      .marker = s.marker,
                      .seq = Seq(static_cast<std::uint16_t>(s.seq)),
                      .timestamp = s.timestamp,
                      .payload = s.payload,
                      .restart = fresh_};
  discard(s);
  cursor_ = s.media + ptime_;
  starved_ = gap_ = {};
  conceal_run_ = late_run_ = 0;
  fresh_ = false;
  ++counters_.played;
  return packet;
}

}  // namespace daedap::rtp
