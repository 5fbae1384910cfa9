#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "base/random.hpp"
#include "rtp/jitter_buffer.hpp"

namespace daedap::rtp {

/// A packet on its way: when it comes and which piece of the talk it is.
struct Flying {
  base::Time at{};
  base::Time sent{};
  PacketHeader header;
  int index = 0;
  friend bool operator>(const Flying& a, const Flying& b) { return a.at > b.at; }
};

/// A receiver over a jitter buffer in virtual time: what arrives goes in, and each 20 ms tick pulls
/// until 20 ms are there, as the media receiver does. Notes what it played.
class Play {
 public:
  struct Played {
    int index;
    base::Time at;
    base::Duration delay;  // since it was sent
  };

  explicit Play(JitterBuffer::Settings settings = {}) : buffer(settings) {}

  void fly(const Flying& packet) { flying_.push(packet); }

  /// Runs all ticks up to `end`. `phase` = where in its 20 ms the tick falls.
  void until(base::Time end) {
    for (; tick_ <= end; tick_ += JitterBuffer::tick) {
      while (!flying_.empty() && flying_.top().at <= tick_) arrive();
      while (decoded_ < JitterBuffer::tick) pull();
      decoded_ -= JitterBuffer::tick;
      peak_waiting = std::max(peak_waiting, buffer.waiting());
    }
  }
  void set_phase(base::Duration phase) { tick_ = base::Time(JitterBuffer::tick + phase); }
  /// Silence hint for a tick.
  std::function<bool(base::Time)> silence = [](base::Time) { return false; };

  JitterBuffer buffer;
  std::vector<Played> played;
  std::vector<base::Time> missing;
  std::vector<base::Time> quiet;
  base::Duration packet_length = JitterBuffer::tick;
  int peak_waiting = 0;
  int restarts_told = 0;

  bool in_order() const {
    return std::adjacent_find(played.begin(), played.end(), [](const Played& a, const Played& b) {
             return a.index >= b.index;
           }) == played.end();
  }
  base::Duration longest_delay(base::Time from = {}) const {
    base::Duration longest{};
    for (const Played& p : played) {
      if (p.at >= from) longest = std::max(longest, p.delay);
    }
    return longest;
  }
  std::size_t missing_between(base::Time from, base::Time to) const {
    return static_cast<std::size_t>(
        std::count_if(missing.begin(), missing.end(), [&](base::Time t) { return t >= from && t < to; }));
  }

 private:
  void arrive() {
    const Flying packet = flying_.top();
    flying_.pop();
    std::uint8_t payload[12];
    const auto sent = packet.sent.time_since_epoch().count();
    std::memcpy(payload, &packet.index, 4);
    std::memcpy(payload + 4, &sent, 8);
    PacketView view;
    view.header = packet.header;
    view.payload = payload;
    buffer.push(view, packet.at);
  }

  void pull() {
    const auto popped = buffer.pop(tick_, silence(tick_));
    if (const auto* packet = std::get_if<JitterBuffer::Packet>(&popped)) {
      Played p{};
      std::int64_t sent = 0;
      std::memcpy(&p.index, packet->payload.data(), 4);
      std::memcpy(&sent, packet->payload.data() + 4, 8);
      p.at = tick_;
      p.delay = tick_ - base::Time(base::Duration(sent));
      played.push_back(p);
      restarts_told += packet->restart;
      decoded_ += packet_length;
      return;
    }
    (std::holds_alternative<JitterBuffer::Missing>(popped) ? missing : quiet).push_back(tick_);
    decoded_ += JitterBuffer::tick;
  }

  std::priority_queue<Flying, std::vector<Flying>, std::greater<>> flying_;
  base::Time tick_{JitterBuffer::tick};
  base::Duration decoded_{};
};

/// A talker: packets in sequence; what the network does to each is the test's affair.
struct Talker {
  base::Duration length = JitterBuffer::tick;
  double skew = 0;  // of its clock, 1e-6 = 1 ppm: positive = its packets come too slowly
  std::uint16_t seq = 1000;
  std::uint32_t timestamp = 0xFFFFF000;  // wraps soon
  std::uint32_t ssrc = 1;
  int index = 0;
  base::Time next{base::Millis(100)};

  /// The next packet, as it would come without a network.
  Flying talk(bool marker = false) {
    const Flying f{next, next, {marker, 0, Seq(seq++), Timestamp(timestamp), ssrc}, index++};
    timestamp += static_cast<std::uint32_t>(length.count() * 8 / 1'000'000);
    next += length + base::Duration(static_cast<std::int64_t>(static_cast<double>(length.count()) * skew));
    return f;
  }
  /// Says nothing for a while (silence suppression): time stamps go on, sequence numbers do not.
  void pause(base::Millis how_long) {
    next += how_long;
    timestamp += static_cast<std::uint32_t>(how_long.count() * 8);
  }
};

/// Uniform 0..1.
inline double uniform(base::Random::Source& source) {
  return static_cast<double>(source() >> 11) / 9007199254740992.0;
}
inline base::Duration ms(double v) { return base::Duration(static_cast<std::int64_t>(v * 1e6)); }

}  // namespace daedap::rtp
