#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.hpp"
#include "base/time.hpp"
#include "rtp/packet.hpp"

namespace daedap::rtp {

/// The 4-byte payload of a named telephone event. spec  RFC 4733 §2.3
struct TelephoneEvent {
  std::uint8_t event = 0;  // 0-15: 0-9 * # A B C D
  bool end = false;
  std::uint8_t volume = 10;    // -dBm0, 0-63
  std::uint16_t duration = 0;  // RTP clock units since the time stamp

  /// errors  bad_syntax (under 4 bytes). Further events in the same payload are ignored.
  static base::Result<TelephoneEvent> parse(std::span<const std::uint8_t> payload);
  std::array<std::uint8_t, 4> bytes() const;
};

/// 0-15 -> "0123456789*#ABCD".
std::optional<char> event_digit(std::uint8_t event);
/// The reverse; small letters too.
std::optional<std::uint8_t> digit_event(char digit);

/// Turns telephone-event packets into key presses: one digit per press, at its first packet,
/// whatever was lost, repeated or reordered. Long presses and their segments stay one press. Events
/// over 15 (flash, tones) are ignored. spec  RFC 4733 §2.5.2
/// differs:  a time stamp that wrongly moves within a press is tolerated, as old gateways do that
class DigitReceiver {
 public:
  /// The digit that this packet begins, if it begins one.
  std::optional<char> on_packet(const PacketView& packet, base::Time now);
  void reset() { *this = DigitReceiver{}; }

 private:
  struct Press {
    std::uint32_t ssrc = 0;
    Timestamp timestamp;
    TelephoneEvent event;
    base::Time seen{};
  };
  bool belongs_to_last(const PacketHeader& header, const TelephoneEvent& event,
                       base::Time now) const;
  bool continues_last(const PacketHeader& header, std::int32_t step) const;
  std::optional<Press> last_;
};

/// Sends key presses: per digit 100 ms of tone, its end told three times, 60 ms pause. At most 32
/// digits wait. spec  RFC 4733 §2.5.1
class DigitSender {
 public:
  /// What to send in place of audio in this tick; time stamp of the start of the press.
  struct Packet {
    std::array<std::uint8_t, 4> payload;
    Timestamp timestamp;
    bool marker = false;
  };
  static constexpr std::size_t max_queue = 32;
  static constexpr int tone_ticks = 5;   // 100 ms
  static constexpr int end_copies = 3;
  static constexpr int pause_ticks = 3;  // 60 ms, audio flows

  explicit DigitSender(int clock_rate = 8000) { set_clock_rate(clock_rate); }
  /// The audio now runs on another clock, and the events with it. spec  RFC 4733 §2.1
  void set_clock_rate(int clock_rate) { tick_units_ = clock_rate / 50; }
  /// False: not a digit, or 32 are waiting.
  bool queue(char digit);
  /// Once per 20 ms; `now` is the time stamp an audio packet of this tick would carry.
  /// Nothing: send audio.
  std::optional<Packet> on_tick(Timestamp now);
  bool busy() const { return state_ != State::idle || count_ > 0; }
  void reset();

 private:
  enum class State : std::uint8_t { idle, tone, pause };
  void start(Timestamp now);
  int tick_units_ = 160;
  std::array<std::uint8_t, max_queue> waiting_{};  // a ring
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  State state_ = State::idle;
  int step_ = 0;
  std::uint8_t event_ = 0;
  Timestamp start_;
};

}  // namespace daedap::rtp
