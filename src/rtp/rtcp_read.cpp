#include "rtp/rtcp.hpp"

namespace daedap::rtp {
namespace {

using base::Code;
using base::fail;
using Bytes = std::span<const std::uint8_t>;

enum Type : std::uint8_t { sender_report = 200, receiver_report, source_description, goodbye };
constexpr std::size_t head_size = 4, ssrc_size = 4, sender_size = 20, block_size = 24;
constexpr std::size_t max_datagram = 1500;

std::uint32_t u32(Bytes b, std::size_t at) {
  return static_cast<std::uint32_t>(b[at]) << 24 | b[at + 1] << 16 | b[at + 2] << 8 | b[at + 3];
}

ReportBlock read_block(Bytes b) {
  const std::uint32_t loss = u32(b, 4);
  ReportBlock block{.ssrc = u32(b, 0),
                    .fraction_lost = static_cast<std::uint8_t>(loss >> 24),
                    .cumulative_lost = static_cast<std::int32_t>(loss & 0xFFFFFF),
                    .highest_seq = u32(b, 8),
                    .jitter = u32(b, 12),
                    .last_sr = u32(b, 16),
                    .delay_since_last_sr = u32(b, 20)};
  if (block.cumulative_lost >= 0x800000) block.cumulative_lost -= 0x1000000;
  return block;
}

SenderInfo read_sender(Bytes b) {
  return {.ntp = NtpTime{static_cast<std::uint64_t>(u32(b, 0)) << 32 | u32(b, 4)},
          .rtp_timestamp = u32(b, 8),
          .packets = u32(b, 12),
          .octets = u32(b, 16)};
}

// SR and RR differ by the sender's part; what follows the blocks is a profile's extension.
bool read_report(Compound& out, Bytes body, bool is_sender, std::size_t count) {
  const std::size_t start = ssrc_size + (is_sender ? sender_size : 0);
  if (body.size() < start + count * block_size) return false;
  if (out.ssrc == 0) out.ssrc = u32(body, 0);
  if (is_sender && !out.sender && out.ssrc == u32(body, 0)) {
    out.sender = read_sender(body.subspan(ssrc_size));
  }
  for (std::size_t i = 0; i < count && out.blocks.size() < Compound::max_blocks; ++i) {
    out.blocks.push_back(read_block(body.subspan(start + i * block_size, block_size)));
  }
  return true;
}

// The items of one chunk; leaves `body` behind the chunk's padding.
bool read_chunk(Compound& out, Bytes& body) {
  if (body.size() < ssrc_size) return false;
  const std::uint32_t ssrc = u32(body, 0);
  std::size_t at = ssrc_size;
  while (at < body.size() && body[at] != 0) {
    if (at + 2 > body.size()) return false;
    const std::size_t length = body[at + 1];
    if (at + 2 + length > body.size()) return false;
    if (body[at] == 1 && out.cname.empty() && (out.ssrc == 0 || ssrc == out.ssrc)) {
      out.cname.assign(reinterpret_cast<const char*>(body.data() + at + 2), length);
    }
    at += 2 + length;
  }
  const std::size_t end = at / 4 * 4 + 4;  // at least one zero byte ends the list
  if (at >= body.size() || end > body.size()) return false;
  body = body.subspan(end);
  return true;
}

bool read_description(Compound& out, Bytes body, std::size_t count) {
  for (; count > 0; --count) {
    if (!read_chunk(out, body)) return false;
  }
  return true;
}

bool read_goodbye(Compound& out, Bytes body, std::size_t count) {
  if (body.size() < count * ssrc_size) return false;
  for (std::size_t i = 0; i < count && out.bye.size() < Compound::max_blocks; ++i) {
    out.bye.push_back(u32(body, i * ssrc_size));
  }
  body = body.subspan(count * ssrc_size);
  if (body.empty()) return true;
  const std::size_t length = body[0];
  if (body.size() < 1 + length) return false;
  out.bye_reason.assign(reinterpret_cast<const char*>(body.data() + 1), length);
  return true;
}

bool read_packet(Compound& out, std::uint8_t type, Bytes body, std::size_t count) {
  switch (type) {
    case sender_report: return read_report(out, body, true, count);
    case receiver_report: return read_report(out, body, false, count);
    case source_description: return read_description(out, body, count);
    case goodbye: return read_goodbye(out, body, count);
    default: return true;
  }
}

}  // namespace

base::Result<Compound> Compound::parse(Bytes bytes) {
  if (bytes.size() > max_datagram) return fail(Code::too_large, "RTCP datagram over 1500 bytes");
  if (bytes.size() < head_size) return fail(Code::bad_syntax, "RTCP header cut short");
  Compound out;
  for (std::size_t packets = 0; !bytes.empty(); ++packets) {
    if (packets == max_packets) return fail(Code::too_large, "over 32 packets in one compound");
    if (bytes.size() < head_size) return fail(Code::bad_syntax, "RTCP header cut short");
    if (bytes[0] >> 6 != 2) return fail(Code::bad_syntax, "RTCP version is not 2");
    const std::size_t length = (std::size_t{bytes[2]} << 8 | bytes[3]) * 4 + head_size;
    if (length > bytes.size()) return fail(Code::bad_syntax, "RTCP packet cut short");
    Bytes body = bytes.subspan(head_size, length - head_size);
    if ((bytes[0] & 0x20) != 0) {
      const bool last = length == bytes.size();
      const std::size_t padding = body.empty() ? 0 : body.back();
      if (!last || padding == 0 || padding > body.size()) {
        return fail(Code::bad_syntax, "RTCP padding does not fit");
      }
      body = body.first(body.size() - padding);
    }
    if (!read_packet(out, bytes[1], body, bytes[0] & 0x1F)) {
      return fail(Code::bad_syntax, "RTCP packet contents cut short");
    }
    bytes = bytes.subspan(length);
  }
  return out;
}

}  // namespace daedap::rtp
