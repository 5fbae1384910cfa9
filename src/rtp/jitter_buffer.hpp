#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "rtp/packet.hpp"
#include "rtp/transit.hpp"

namespace daedap::rtp {

/// Adaptive play-out buffer for one RTP stream. The receiver holds decoded audio and, on each 20 ms
/// tick, pops while it has less than 20 ms: so packets of 10, 20, 30, 40 or 60 ms all fit.
///
///   while (decoded < 20 ms)  visit(pop(now, silence)):  Packet -> decode and append;
///                            Missing -> append 20 ms of concealment;  Quiet -> 20 ms of silence
///
/// The delay follows the network: one packet when it is clean, up to 200 ms; it grows at once when
/// packets come late and shrinks slowly, one frame at a time, in silence where possible. When 50
/// packets wait, the oldest is dropped. Payload memory is kept and reused.
/// thread  the shard
class JitterBuffer {
 public:
  struct Settings {
    int clock_rate = 8000;          // of the RTP clock, Hz, unless `push` is told another
    base::Millis min_margin{5};     // beyond the measured jitter; play-out is on the 20 ms grid
    base::Millis max_delay{200};
  };
  /// A packet whose turn it is. `payload` is valid until the next call.
  struct Packet {
    std::uint8_t payload_type = 0;
    bool marker = false;
    Seq seq;
    Timestamp timestamp;
    std::span<const std::uint8_t> payload;
    bool restart = false;  // the stream began anew: reset decoder and concealment
  };
  /// 20 ms were lost, are late, or the delay grows by a frame: conceal.
  struct Missing {
    /// Payload of the packet behind the hole, when the hole ends with these 20 ms and it is there: a
    /// codec may carry a copy of what was lost. Valid until the next call.
    std::span<const std::uint8_t> next;
    std::uint8_t next_type = 0;
  };
  /// Nothing is expected: not started, silence suppression, or the sender stopped.
  struct Quiet {};
  using Popped = std::variant<Packet, Missing, Quiet>;
  enum class Pushed { stored, duplicate, late, rejected };

  static constexpr base::Millis tick{20};
  static constexpr int max_packets = 50;

  struct Counters {
    std::uint64_t played = 0;      // packets handed out
    std::uint64_t concealed = 0;   // `Missing` returned
    std::uint64_t quiet = 0;       // `Quiet` returned
    std::uint64_t late = 0;        // came after their turn
    std::uint64_t duplicates = 0;
    std::uint64_t dropped = 0;     // to shorten the delay, or because 50 were waiting
    std::uint64_t grown = 0;       // frames by which the delay was made longer
    std::uint64_t restarts = 0;    // new SSRC, time stamp or sequence jump
    std::uint64_t rejected = 0;    // over max_packet, or a lone packet far off the stream
  };

  explicit JitterBuffer(Settings settings);
  JitterBuffer() : JitterBuffer(Settings{}) {}

  /// Stores a copy of an audio packet. Telephone events do not belong here. `clock_rate`: of the
  /// packet's codec; it may change in mid-stream, where its first packet then follows the one
  /// before it without a hole (RFC 7160 §3 tells how senders differ in what the time stamps do).
  Pushed push(const PacketView& packet, base::Time now, int clock_rate);
  Pushed push(const PacketView& packet, base::Time now) { return push(packet, now, settings_.clock_rate); }
  /// The next piece of the play-out. `silence`: what was played last was silence, so a change of
  /// delay cannot be heard.
  Popped pop(base::Time now, bool silence = false);
  /// Forgets the stream (after a re-INVITE that moves the peer); counters stay.
  void reset();

  /// Play-out delay in force: from a jitter-free arrival to its turn. Zero before the first packet.
  base::Duration delay() const { return delay_; }
  /// Packets waiting.
  int waiting() const { return waiting_; }
  const Counters& counters() const { return counters_; }

 private:
  struct Slot {
    std::int64_t seq = -1;  // extended; kept after the packet was played, to tell duplicates
    bool full = false;
    bool marker = false;
    std::uint8_t payload_type = 0;
    Timestamp timestamp;
    base::Duration media{};  // time stamp as media time
    std::vector<std::uint8_t> payload;
  };
  struct Suspect {
    Seq next;
    base::Duration transit;
  };
  static constexpr int ring = 64;

  // arriving
  void restart(const PacketHeader& header);
  bool jumps(Seq seq) const;
  bool change_clock(const PacketHeader& header, int clock_rate, base::Time now);
  std::int64_t unwrap(Timestamp timestamp) const;
  base::Duration media_time(std::int64_t units) const;
  bool belongs(const PacketHeader& header, base::Time now);
  Pushed place(const PacketView& packet, std::int64_t seq, base::Duration media);
  void make_room(std::int64_t seq);
  void learn_ptime(const Slot& slot);
  void count_late(base::Time now);
  Slot& slot(std::int64_t seq) { return slots_[static_cast<std::size_t>(seq % ring)]; }
  Slot* head();
  void discard(Slot& slot);

  // playing
  base::Duration slack(base::Duration media, base::Time now) const;
  base::Duration need() const;
  Popped starve();
  Popped conceal(const Slot* behind = nullptr);
  Popped quiet();
  Popped begin(base::Time now);
  bool acceptable_late(const Slot& slot, base::Time now) const;
  bool grow(bool silence, base::Time now);
  void shrink(bool silence, base::Time now);
  Packet hand_out(Slot& slot, base::Time now);

  Settings settings_;
  Transit transit_;
  std::array<Slot, ring> slots_;
  int waiting_ = 0;
  Counters counters_;

  // the stream
  bool known_ = false;
  std::uint32_t ssrc_ = 0;
  std::int64_t highest_ = 0;  // extended sequence number
  int clock_rate_ = 8000;
  Timestamp newest_;
  std::int64_t newest_units_ = 0;
  base::Duration origin_{};       // media time of unit 0, moved when the clock rate changes
  base::Duration ptime_ = tick;
  base::Duration ptime_candidate_{};
  std::optional<Suspect> suspect_;
  int late_run_ = 0;
  base::Time late_since_{};

  // the play-out
  bool playing_ = false;
  bool fresh_ = true;             // the next packet begins a stream
  std::int64_t next_ = 0;         // lowest extended sequence number still to be played
  base::Duration cursor_{};       // media time of the next audio to hand out
  base::Duration starved_{};      // handed out since the last packet, nothing being there
  base::Duration gap_{};          // handed out for packets that are missing before the head
  int conceal_run_ = 0;
  base::Duration delay_{};
  bool settle_ = true;            // take the next measured delay as it is
  base::Time changed_{};
  std::optional<base::Time> excess_since_;
};

}  // namespace daedap::rtp
