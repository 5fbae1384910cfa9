#include "rtp/packet.hpp"

#include <algorithm>

namespace daedap::rtp {
namespace {

using base::Code;
using base::fail;

constexpr std::size_t csrc_size = 4;
constexpr std::size_t extension_head = 4;

std::uint16_t u16(std::span<const std::uint8_t> b, std::size_t at) {
  return static_cast<std::uint16_t>(b[at] << 8 | b[at + 1]);
}
std::uint32_t u32(std::span<const std::uint8_t> b, std::size_t at) {
  return static_cast<std::uint32_t>(u16(b, at)) << 16 | u16(b, at + 2);
}

// Takes the header extension off the front of `rest`. RFC 3550 §5.3.1
bool take_extension(PacketView& view, std::span<const std::uint8_t>& rest) {
  if (rest.size() < extension_head) return false;
  const std::size_t length = std::size_t{u16(rest, 2)} * 4;
  if (rest.size() < extension_head + length) return false;
  view.has_extension = true;
  view.extension_profile = u16(rest, 0);
  view.extension = rest.subspan(extension_head, length);
  rest = rest.subspan(extension_head + length);
  return true;
}

// Takes the padding off the end; its last byte is its length and counts itself.
bool take_padding(std::span<const std::uint8_t>& rest) {
  if (rest.empty()) return false;
  const std::size_t padding = rest.back();
  if (padding == 0 || padding > rest.size()) return false;
  rest = rest.first(rest.size() - padding);
  return true;
}

void write_header(std::uint8_t first, const PacketHeader& header, std::uint8_t* out) {
  const std::uint16_t seq = header.seq.value();
  out[0] = first;
  out[1] = static_cast<std::uint8_t>((header.marker ? 0x80 : 0) | header.payload_type);
  out[2] = static_cast<std::uint8_t>(seq >> 8);
  out[3] = static_cast<std::uint8_t>(seq);
  for (int i = 0; i < 4; ++i) {
    out[4 + i] = static_cast<std::uint8_t>(header.timestamp.value() >> (24 - 8 * i));
    out[8 + i] = static_cast<std::uint8_t>(header.ssrc >> (24 - 8 * i));
  }
}

}  // namespace

// @path rtp-in 3/8
base::Result<PacketView> PacketView::parse(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > max_packet) return fail(Code::too_large, "RTP packet over 1500 bytes");
  if (bytes.size() < header_size) return fail(Code::bad_syntax, "RTP header cut short");
  if (bytes[0] >> 6 != 2) return fail(Code::bad_syntax, "RTP version is not 2");

  PacketView view;
  view.header = {.marker = (bytes[1] & 0x80) != 0,
                 .payload_type = static_cast<std::uint8_t>(bytes[1] & 0x7F),
                 .seq = Seq(u16(bytes, 2)),
                 .timestamp = Timestamp(u32(bytes, 4)),
                 .ssrc = u32(bytes, 8)};
  auto rest = bytes.subspan(header_size);
  const std::size_t csrcs = (bytes[0] & 0x0F) * csrc_size;
  if (rest.size() < csrcs) return fail(Code::bad_syntax, "RTP CSRC list cut short");
  view.csrcs = rest.first(csrcs);
  rest = rest.subspan(csrcs);
  if ((bytes[0] & 0x10) != 0 && !take_extension(view, rest)) {
    return fail(Code::bad_syntax, "RTP extension cut short");
  }
  if ((bytes[0] & 0x20) != 0 && !take_padding(rest)) {
    return fail(Code::bad_syntax, "RTP padding does not fit");
  }
  view.payload = rest;
  view.bytes = bytes;
  return view;
}

// @path reply-out 6/8
std::size_t write(const PacketHeader& header, std::span<const std::uint8_t> payload,
                  std::span<std::uint8_t> out) {
  if (header.payload_type > 127 || out.size() < header_size ||
      out.size() - header_size < payload.size()) {
    return 0;
  }
  write_header(0x80, header, out.data());
  std::copy(payload.begin(), payload.end(), out.begin() + header_size);
  return header_size + payload.size();
}

std::size_t rewrite(const PacketView& packet, const PacketHeader& header, std::span<std::uint8_t> out) {
  const auto& bytes = packet.bytes;
  if (header.payload_type > 127 || bytes.size() < header_size || out.size() < bytes.size()) return 0;
  write_header(bytes[0], header, out.data());
  std::copy(bytes.begin() + header_size, bytes.end(), out.begin() + header_size);
  return bytes.size();
}

bool is_rtcp(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] >> 6 == 2 && bytes[1] >= 192 && bytes[1] <= 223;
}

}  // namespace daedap::rtp
