#include <cstdint>
#include <cstdlib>
#include <span>

#include "rtp/packet.hpp"
#include "rtp/rtcp.hpp"
#include "rtp/telephone_event.hpp"

using namespace daedap;

/// The first byte chooses the parser, as the payload type does on a shared port.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  (void)rtp::is_rtcp(bytes);
  if (data[0] & 1) {
    const auto compound = rtp::Compound::parse(bytes);
    if (compound && compound->blocks.size() > rtp::Compound::max_blocks) std::abort();
  } else if (const auto packet = rtp::PacketView::parse(bytes)) {
    (void)rtp::TelephoneEvent::parse(packet->payload);
    if (packet->payload.size() + rtp::header_size > bytes.size()) std::abort();
  }
  return 0;
}
