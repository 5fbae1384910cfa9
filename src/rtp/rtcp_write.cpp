#include <algorithm>

#include "rtp/rtcp.hpp"

namespace daedap::rtp {
namespace {

constexpr std::size_t max_report_blocks = 31;  // the count field has five bits
constexpr std::size_t max_cname = 255;

// Appends big-endian numbers; the caller has made sure of the room.
class Writer {
 public:
  explicit Writer(std::span<std::uint8_t> out) : out_(out) {}
  void u8(std::uint32_t v) { out_[at_++] = static_cast<std::uint8_t>(v); }
  void u32(std::uint32_t v) {
    for (int shift = 24; shift >= 0; shift -= 8) u8(v >> shift);
  }
  /// `words` = length of the packet in 32-bit words minus one.
  void head(std::size_t count, std::uint8_t type, std::size_t words) {
    u32(0x80000000u | static_cast<std::uint32_t>(count << 24) |
        static_cast<std::uint32_t>(type) << 16 | static_cast<std::uint32_t>(words));
  }
  std::size_t size() const { return at_; }

 private:
  std::span<std::uint8_t> out_;
  std::size_t at_ = 0;
};

void write_block(Writer& w, const ReportBlock& b) {
  const std::int32_t lost = std::clamp(b.cumulative_lost, -0x800000, 0x7FFFFF);
  w.u32(b.ssrc);
  w.u32(static_cast<std::uint32_t>(b.fraction_lost) << 24 |
        (static_cast<std::uint32_t>(lost) & 0xFFFFFF));
  w.u32(b.highest_seq);
  w.u32(b.jitter);
  w.u32(b.last_sr);
  w.u32(b.delay_since_last_sr);
}

void write_report(Writer& w, const Report& report) {
  const std::size_t words = 1 + (report.sender ? 5 : 0) + report.blocks.size() * 6;
  w.head(report.blocks.size(), report.sender ? 200 : 201, words);
  w.u32(report.ssrc);
  if (report.sender) {
    w.u32(static_cast<std::uint32_t>(report.sender->ntp.value >> 32));
    w.u32(static_cast<std::uint32_t>(report.sender->ntp.value));
    w.u32(report.sender->rtp_timestamp);
    w.u32(report.sender->packets);
    w.u32(report.sender->octets);
  }
  for (const ReportBlock& block : report.blocks) write_block(w, block);
}

// Words of the CNAME item with its end byte, padded.
std::size_t cname_words(const Report& report) { return (2 + report.cname.size()) / 4 + 1; }

void write_description(Writer& w, const Report& report) {
  w.head(1, 202, 1 + cname_words(report));
  w.u32(report.ssrc);
  const std::size_t end = w.size() + cname_words(report) * 4;
  w.u8(1);
  w.u8(static_cast<std::uint32_t>(report.cname.size()));
  for (char c : report.cname) w.u8(static_cast<std::uint8_t>(c));
  while (w.size() < end) w.u8(0);
}

}  // namespace

std::size_t write(const Report& report, std::span<std::uint8_t> out) {
  if (report.blocks.size() > max_report_blocks || report.cname.size() > max_cname) return 0;
  const std::size_t words = 2 + (report.sender ? 5 : 0) + report.blocks.size() * 6 + 2 +
                            cname_words(report) + (report.bye ? 2 : 0);
  if (out.size() < words * 4) return 0;
  Writer w(out);
  write_report(w, report);
  write_description(w, report);
  if (report.bye) {
    w.head(1, 203, 1);
    w.u32(report.ssrc);
  }
  return w.size();
}

}  // namespace daedap::rtp
