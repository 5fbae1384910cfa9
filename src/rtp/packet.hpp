#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"

namespace daedap::rtp {

/// A 16-bit sequence number on its circle: there is "newer", but no "greater".
/// spec  RFC 3550 §5.1, RFC 1982
class Seq {
 public:
  constexpr Seq() = default;
  constexpr explicit Seq(std::uint16_t value) : value_(value) {}
  constexpr std::uint16_t value() const { return value_; }
  /// Steps from `older` to this, -32768..32767; negative when this is the older one.
  constexpr int distance_from(Seq older) const {
    return static_cast<std::int16_t>(static_cast<std::uint16_t>(value_ - older.value_));
  }
  constexpr bool newer_than(Seq other) const { return distance_from(other) > 0; }
  constexpr Seq plus(int steps) const { return Seq(static_cast<std::uint16_t>(value_ + steps)); }
  friend constexpr bool operator==(Seq, Seq) = default;

 private:
  std::uint16_t value_ = 0;
};

/// A 32-bit media time stamp on its circle, in units of the codec's RTP clock.
class Timestamp {
 public:
  constexpr Timestamp() = default;
  constexpr explicit Timestamp(std::uint32_t value) : value_(value) {}
  constexpr std::uint32_t value() const { return value_; }
  /// Units from `older` to this, negative when this is the older one.
  constexpr std::int32_t distance_from(Timestamp older) const {
    return static_cast<std::int32_t>(value_ - older.value_);
  }
  constexpr Timestamp plus(std::int64_t units) const {
    return Timestamp(static_cast<std::uint32_t>(value_ + static_cast<std::uint64_t>(units)));
  }
  friend constexpr bool operator==(Timestamp, Timestamp) = default;

 private:
  std::uint32_t value_ = 0;
};

/// What we write before a payload and what every packet carries.
struct PacketHeader {
  bool marker = false;  // first packet of a talkspurt
  std::uint8_t payload_type = 0;
  Seq seq;
  Timestamp timestamp;
  std::uint32_t ssrc = 0;
};

inline constexpr std::size_t header_size = 12;  // without CSRCs and extension
inline constexpr std::size_t max_packet = 1500;  // what we read or write in one datagram

/// One received packet, in place: the spans point into the bytes that were parsed.
struct PacketView {
  PacketHeader header;
  std::span<const std::uint8_t> csrcs;      // 4 bytes each
  bool has_extension = false;
  std::uint16_t extension_profile = 0;
  std::span<const std::uint8_t> extension;  // without its 4-byte head
  std::span<const std::uint8_t> payload;    // without padding; may be empty
  std::span<const std::uint8_t> bytes;      // all of it

  /// errors  bad_syntax (version, lengths that do not add up), too_large (over max_packet)
  /// cost    no allocation   spec  RFC 3550 §5.1, §5.3.1
  static base::Result<PacketView> parse(std::span<const std::uint8_t> bytes);
};

/// Writes one packet without CSRC, extension or padding. Returns its length; 0 when `out` is too
/// small or the payload type is over 127. cost  no allocation
std::size_t write(const PacketHeader& header, std::span<const std::uint8_t> payload,
                  std::span<std::uint8_t> out);

/// The packet with another fixed header: CSRCs, extension, payload and padding go on as they are.
/// Returns its length; 0 when `out` is too small or the payload type is over 127. cost  no allocation
std::size_t rewrite(const PacketView& packet, const PacketHeader& header, std::span<std::uint8_t> out);

/// Whether a datagram on a shared port is RTCP: payload types 64-95 belong to it.
/// spec  RFC 5761 §4
bool is_rtcp(std::span<const std::uint8_t> bytes);

}  // namespace daedap::rtp
