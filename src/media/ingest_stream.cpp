#include "media/ingest_stream.hpp"

namespace daedap::media {

sdp::Negotiated ingest_media(const IngestTypes& types) {
  sdp::Negotiated media;
  media.receive = {{.name = "PCMU", .payload_type = 0},
                   {.name = "PCMA", .payload_type = 8},
                   {.name = "L16_8000", .payload_type = types.l16_8000},
                   {.name = "L16_16000", .clock_rate = 16000, .payload_type = types.l16_16000}};
  return media;
}

PayloadTypes payload_types(const IngestTypes& types) {
  Receiver receiver;
  receiver.configure(ingest_media(types));
  return receiver.payload_types();
}

IngestStream::IngestStream(const IngestTypes& types) {
  receiver_.configure(ingest_media(types));
  types_ = receiver_.payload_types();
}

void IngestStream::on_datagram(std::span<const std::uint8_t> bytes, base::Time now) {
  const auto packet = rtp::PacketView::parse(bytes);
  if (!packet || !types_.test(packet->header.payload_type)) {
    ++bad_;
    return;
  }
  heard_ = true;
  last_ = now;
  received_.set_clock_rate(receiver_.clock_rate_of(packet->header.payload_type));
  received_.on_packet(packet->header, now);
  receiver_.on_packet(*packet, now);
}

void IngestStream::on_tick(base::Time now, std::int64_t position) {
  if (heard_) receiver_.on_tick(now, position);
}

LegStats IngestStream::stats() const {
  const auto& counters = receiver_.buffer().counters();
  return {.packets_received = received_.received(),
          .packets_lost = received_.lost(),
          .packets_late = counters.late,
          .packets_bad = bad_ + counters.rejected,
          .frames_concealed = counters.concealed,
          .jitter_ms = received_.jitter_ms(),
          .buffer_ms = base::to_ms_f(receiver_.buffer().delay())};
}

}  // namespace daedap::media
