#include "call/ingest/ingest_pairing.hpp"

#include <chrono>

namespace daedap::call {
namespace {

// The usual one: a sender that restarts is silent for about so long.
constexpr base::Millis packet_time{20};

enum Rule : std::int64_t { named = 1, restarted, began_together, same_address, claimed };

}  // namespace

int WantedStream::fits(const media::IngestSource& source) const {
  if (!from && !ssrc) return 0;
  if (ssrc && *ssrc != source.ssrc) return 0;
  if (from && (!from->same_ip(source.from) || (from->port != 0 && from->port != source.from.port))) return 0;
  return (ssrc ? 4 : 0) + (from ? (from->port != 0 ? 2 : 1) : 0);
}

void IngestPairing::consider(std::uint64_t call, const IngestPlace& place) {
  const auto found = rank(place);
  if (!found || (best_ && best_rank_ <= *found)) return;
  best_ = call;
  best_rank_ = *found;
}

std::optional<std::uint64_t> IngestPairing::best() const {
  if (best_ && best_rank_[0] == Rule::same_address && same_address_ > 1) return std::nullopt;
  return best_;
}

std::optional<IngestPairing::Rank> IngestPairing::rank(const IngestPlace& place) {
  const auto voice = static_cast<std::size_t>(newcomer_.source.voice);
  const auto& own = place.sides[voice];
  const auto& other = place.sides[1 - voice];
  const bool own_fell_silent = own && own->last <= newcomer_.began + overlap;
  if (place.wanted[voice]) {
    const int fit = place.wanted[voice]->fits(newcomer_.source);
    if (fit > 0 && (!own || own_fell_silent)) return Rank{Rule::named, -fit};
  }
  if (own_fell_silent && own->source.from == newcomer_.source.from && newcomer_.began - own->last <= restart)
    return Rank{Rule::restarted, std::chrono::abs(newcomer_.began - own->last - packet_time).count()};
  const bool vacant = !own || now_ - own->last >= vacant_;
  if (place.wanted[voice] || !vacant) return std::nullopt;
  if (other && (place.line == newcomer_.line || place.line < 0 || newcomer_.line < 0))
    return rank_beside(*other);
  const bool open = !place.running() && place.ordered && !place.wanted[1 - voice];
  if (open) return Rank{Rule::claimed, place.ordered->time_since_epoch().count()};
  return std::nullopt;
}

std::optional<IngestPairing::Rank> IngestPairing::rank_beside(const IngestPlace::Side& other) {
  const bool ip = other.source.from.same_ip(newcomer_.source.from);
  const int distance = other.source.from == newcomer_.source.from ? 0 : ip ? 1 : 2;
  const auto apart = std::chrono::abs(other.began - newcomer_.began);
  if (apart <= within_) return Rank{Rule::began_together, distance, apart.count()};
  if (!ip) return std::nullopt;
  ++same_address_;
  return Rank{Rule::same_address};
}

}  // namespace daedap::call
