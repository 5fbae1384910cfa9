#pragma once

#include <cstdint>
#include <optional>

#include "base/address.hpp"
#include "base/time.hpp"
#include "rtp/packet.hpp"

namespace daedap::media {

/// Decides which source address is the peer, where NAT may have changed it, and lets no other one
/// in (the weakness of CVE-2025-53399).
///
/// How near a source is to what was signalled gives it a rank: the very address, its IP with
/// another port, or a stranger. The first two are believed at once, a stranger after 3 packets in
/// sequence and only while nobody is latched. Once latched, the source keeps its place until it has
/// been silent for 5 s or the signalled address changes; only a higher rank takes it over, so the
/// stale stream of a port's previous peer cannot keep the real one out.
/// A new SSRC of the latched source is believed at its second packet in sequence, so one forged
/// datagram does not reset the play-out.
/// spec  RFC 4961 (symmetric RTP), RFC 7362 (latching), RFC 3550 A.1
class SourceLatch {
 public:
  static constexpr int stranger_packets = 3;
  static constexpr int ssrc_packets = 2;
  static constexpr base::Millis silence{5000};

  /// The signalled address; a changed one opens the latch. An unspecified one (hold as in RFC 2543)
  /// leaves the latch as it is.
  void aim(const base::Address& signalled);
  /// Whether this packet is the peer's. Nothing is before the first `aim`.
  bool admits(const base::Address& from, const rtp::PacketHeader& header, base::Time now);

  bool latched() const { return latched_; }
  /// The latched source, else the signalled address; unspecified before `aim`.
  const base::Address& target() const { return target_; }

 private:
  enum class Rank : std::uint8_t { stranger, same_ip, exact };
  /// A source or SSRC that asks to be believed.
  struct Candidate {
    base::Address from;
    std::uint32_t ssrc = 0;
    rtp::Seq next;
    int count = 0;
  };
  Rank rank_of(const base::Address& from) const;
  bool admits_latched(const base::Address& from, const rtp::PacketHeader& header, base::Time now);
  bool believed(const base::Address& from, const rtp::PacketHeader& header, int wanted);
  void latch(const base::Address& from, const rtp::PacketHeader& header, base::Time now);

  base::Address signalled_;
  base::Address target_;
  bool aimed_ = false;    // an address was signalled
  bool latched_ = false;
  std::uint32_t ssrc_ = 0;
  base::Time last_{};
  std::optional<Candidate> candidate_;
};

}  // namespace daedap::media
