#pragma once

#include <cstdint>
#include <span>

#include "audio/frame.hpp"
#include "media/leg.hpp"
#include "media/receiver.hpp"
#include "media/rtcp_session.hpp"
#include "media/rtp_port.hpp"
#include "media/sender.hpp"
#include "rtp/sequence_stats.hpp"

namespace daedap::media {

/// The parts of a leg; seen by `Leg` and, while the leg is bridged, by its `Relay`.
struct Leg::Impl {
  Impl(PortRange& ports, base::Random& random, base::Time now);

  void on_rtp(const rtp::PacketView& packet, base::Time now);
  void report(base::Time now, bool bye);
  void tick_send(base::Time now, const audio::Frame* through);
  bool send(std::span<const std::uint8_t> packet);

  // given
  audio::FrameSink* sink = nullptr;
  Relay* relay = nullptr;  // of what this leg hears; set while bridged
  // owned
  RtpPort port;
  Sender sender;
  Receiver receiver;
  rtp::SequenceStats received;
  RtcpSession rtcp;
  // state
  sdp::Negotiated media, media_before;
  bool configured = false, started = false, heard = false;
  std::int64_t position = 0;  // of both directions, so that a recording can lay them side by side
  std::uint64_t packets_sent = 0;
  int last_type = -1;  // payload type of the last packet under this configuration
  base::Time last_received, last_now;
};

}  // namespace daedap::media
