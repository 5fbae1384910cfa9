#pragma once

#include <cstdint>
#include <memory>

#include "audio/frame.hpp"
#include "base/time.hpp"
#include "media/leg.hpp"

namespace daedap::media {

/// What went through a bridge; all counts since it was made. "customer" counts what the customer says.
struct BridgeStats {
  struct Way {
    std::uint64_t relayed = 0;     // packets sent on as they came
    std::uint64_t transcoded = 0;  // frames sent on in another codec
    std::uint64_t dropped = 0;     // may not be sent on: hold, own audio in its place, too late, twice
    std::uint64_t events = 0;      // telephone event packets sent on, also among `relayed`
  };
  Way customer, agent;
};

/// Joins two legs of a call. What one leg receives and the other sends in the same codec is relayed on
/// arrival, without decoding; all else is transcoded through 16 kHz frames. Each direction for itself.
///
/// While it lives it ticks both legs: call its two halves instead of theirs. `Leg::on_time` stays with
/// the owner of the leg. A leg's own audio goes first: while its player holds samples, or while nothing
/// can come from the other side (hold, or no packet for a second), the leg sends what its player has,
/// else silence. What a peer hears stays one stream: SSRC, sequence numbers and time stamps go on
/// when own audio and relayed audio take turns and when the source behind the relay changes.
/// A sent sink hears a leg's own and transcoded audio alone, never what was relayed.
///
/// Telephone events are sent on when both sides have them; in any case the digit sink of the leg they
/// came from is told, so that the owner can carry them by SIP INFO where `events_pass` is false.
/// thread  the shard
/// cost    a relayed packet allocates nothing; a tick without transcoding and taps does next to nothing
class Bridge {
 public:
  enum class Side : std::uint8_t { customer, agent };

  /// in  two legs that outlive the bridge, both configured, in no other bridge. Frames of both taps
  ///     are numbered on from the customer's leg.
  Bridge(Leg& customer, Leg& agent, base::Time now);
  /// Each leg goes on with its own sender.
  ~Bridge();
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  /// After `configure` of either leg: codecs, payload types, hold.
  void refresh(base::Time now);
  /// What this side says: one frame at each 20 ms tick without a gap, the same position on both sides.
  /// nullptr = none. The relay waits for nothing.
  void set_tap(Side side, audio::FrameSink* sink);
  /// The two halves of the 20 ms tick, for both legs.
  void tick_send(base::Time now);
  void tick_receive(base::Time now);

  /// Whether what this side says in its first codec is relayed; false: transcoded.
  bool relays(Side from) const;
  /// Whether telephone events of this side reach the other one in RTP; false: send SIP INFO.
  bool events_pass(Side from) const;
  BridgeStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::media
