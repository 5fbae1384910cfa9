#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "audio/frame.hpp"
#include "audio/player.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "base/udp.hpp"
#include "media/port_range.hpp"
#include "sdp/offer_answer.hpp"

namespace daedap::media {

class Bridge;
class Relay;

/// What one leg has seen; all counts since the start.
struct LegStats {
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t packets_lost = 0;       // from sequence numbers
  std::uint64_t packets_late = 0;       // came after their turn
  std::uint64_t packets_bad = 0;        // not RTP, wrong source, wrong payload type
  std::uint64_t frames_concealed = 0;
  std::uint64_t send_failures = 0;
  double jitter_ms = 0;                 // RFC 3550 §6.4.1
  double buffer_ms = 0;                 // play-out delay in force
  double remote_loss = 0;               // 0..1, from the peer's receiver reports
  double round_trip_ms = 0;             // 0 = not known yet
};

/// The media of one SIP leg: RTP port, receiver, sender. Sends one packet per 20 ms from `start` on,
/// whether or not the peer ever sends. No SIP, no text.
/// thread  the shard
class Leg {
 public:
  /// errors  Code::no_port
  static base::Result<std::unique_ptr<Leg>> open(PortRange& ports, base::UdpOpener& opener,
                                                 base::Random& random, base::Time now);
  ~Leg();

  /// After each offer/answer. The source latch opens again when the remote address changed.
  void configure(const sdp::Negotiated& media, base::Time now);
  /// From now on a packet leaves at each `tick_send`.
  void start(base::Time now);
  /// The two halves of the 20 ms tick: all legs send first, then all legs receive. Nothing happens
  /// while the leg is bridged: then the bridge ticks it.
  void tick_send(base::Time now);
  void tick_receive(base::Time now);
  /// RTCP and time-outs; call about once a second.
  void on_time(base::Time now);

  audio::Player& player();
  /// Received audio, one frame per `tick_receive` without a gap, from the first packet or `start`.
  void set_sink(audio::FrameSink* sink);
  /// A copy of what is sent (recording), one frame per `tick_send`.
  void set_sent_sink(audio::FrameSink* sink);
  /// A telephone event of the peer, once per key press (RFC 4733).
  void set_digit_sink(std::function<void(char digit, base::Time now)> sink);
  /// Queues one key press: 100 ms tone as telephone events, 60 ms pause. False: not negotiated.
  bool send_digit(char digit);

  std::uint16_t local_port() const;
  LegStats stats() const;
  /// When the last packet of the peer came; `opened` when none did.
  base::Time last_received() const;
  /// Whether any valid packet of the peer came.
  bool heard_anything() const;

 private:
  friend class Bridge;
  friend class Relay;
  struct Impl;
  explicit Leg(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::media
