#include "media/port_range.hpp"

#include <algorithm>
#include <utility>

namespace daedap::media {
namespace {

// How long a port that another process holds is left alone.
constexpr base::Millis foreign_rest{10'000};

}  // namespace

PortRange::PortRange(base::Address bind, std::uint16_t first, std::uint16_t last)
    : bind_(bind), first_(static_cast<std::uint16_t>(first + first % 2)) {
  const int raised = first + first % 2;  // 65535 would become 65536: no pair at all
  const int pairs = (int{last} + 1 - raised) / 2;
  slots_.resize(static_cast<std::size_t>(std::max(pairs, 0)));
}

base::Result<PortRange::Pair> PortRange::open(base::UdpOpener& opener,
                                              base::UdpSocket::Receive on_rtp,
                                              base::UdpSocket::Receive on_rtcp, base::Time now) {
  for (std::size_t tried = 0; tried < slots_.size(); ++tried) {
    const std::size_t index = next_;
    next_ = (next_ + 1) % slots_.size();
    Slot& slot = slots_[index];
    if (slot.state == Slot::State::used) continue;
    if (slot.state == Slot::State::resting && now - slot.since < rest) continue;
    if (slot.state == Slot::State::foreign && now - slot.since < foreign_rest) continue;

    const auto port = static_cast<std::uint16_t>(first_ + 2 * index);
    auto rtp = opener.open(bind_.with_port(port), on_rtp);
    auto rtcp = rtp ? opener.open(bind_.with_port(static_cast<std::uint16_t>(port + 1)), on_rtcp)
                    : tl::unexpected(rtp.error());
    if (rtcp) {
      slot.state = Slot::State::used;
      return Pair{std::move(*rtp), std::move(*rtcp), port};
    }
    // Anything but a taken address (no descriptors left, say) is no better on the next port.
    if (rtcp.error().code != base::Code::no_port) return tl::unexpected(rtcp.error());
    slot = {.state = Slot::State::foreign, .since = now};
  }
  return base::fail(base::Code::no_port, "no free RTP port in the range");
}

void PortRange::release(std::uint16_t port, base::Time now) {
  if (port < first_ || (port - first_) % 2 != 0) return;
  const auto index = static_cast<std::size_t>(port - first_) / 2;
  if (index >= slots_.size() || slots_[index].state != Slot::State::used) return;
  slots_[index] = {.state = Slot::State::resting, .since = now};
}

std::size_t PortRange::in_use() const {
  return static_cast<std::size_t>(std::ranges::count(slots_, Slot::State::used, &Slot::state));
}

std::size_t PortRange::taken_by_others() const {
  return static_cast<std::size_t>(std::ranges::count(slots_, Slot::State::foreign, &Slot::state));
}

}  // namespace daedap::media
