#include "media/rtcp_session.hpp"

#include <utility>

namespace daedap::media {

RtcpSession::RtcpSession(base::Random& random, std::uint32_t ssrc)
    : random_(random), ssrc_(ssrc), cname_(random.hex(24)) {}  // RFC 7022 §5: 96 random bits

void RtcpSession::start(base::Time now) {
  if (next_ == base::never) schedule(now, interval / 2);
}

void RtcpSession::schedule(base::Time now, base::Duration about) {
  const std::int64_t share = random_.u32() >> 22;  // 0..1023: between half and one and a half
  next_ = now + about / 2 + about / 1024 * share;
}

std::size_t RtcpSession::write(const rtp::SenderInfo& sent, rtp::SequenceStats& received,
                               base::Time now, bool bye, std::span<std::uint8_t> out) {
  rtp::Report report{.ssrc = ssrc_, .cname = cname_, .bye = bye};
  if (sent.packets != packets_before_) report.sender = sent;
  packets_before_ = std::exchange(packets_last_, sent.packets);
  rtp::ReportBlock block;
  if (received.known()) {
    block = received.report(now);
    report.blocks = std::span(&block, 1);
  }
  if (bye) {
    next_ = base::never;
  } else {
    schedule(now, interval);
  }
  return rtp::write(report, out);
}

void RtcpSession::on_packet(std::span<const std::uint8_t> bytes, rtp::SequenceStats& received,
                            base::Time now) {
  const auto compound = rtp::Compound::parse(bytes);
  if (!compound) return;
  if (compound->sender) received.on_sender_report(compound->ssrc, compound->sender->ntp, now);
  for (const rtp::ReportBlock& block : compound->blocks) {
    if (block.ssrc != ssrc_) continue;
    remote_loss_ = block.fraction_lost / 256.0;
    if (const auto rtt = rtp::round_trip(block, rtp::NtpTime::from(now))) round_trip_ = *rtt;
  }
}

}  // namespace daedap::media
