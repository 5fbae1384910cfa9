#include "media/ingest_gate.hpp"

namespace daedap::media {
namespace {

// Loss and reordering among a newcomer's first packets are forgiven within this distance.
constexpr int near = 16;

}  // namespace

std::size_t IngestGate::Hash::operator()(const IngestSource& s) const noexcept {
  const std::size_t address = std::hash<base::Address>{}(s.from);
  return address ^ (std::size_t{s.ssrc} * 0x9E3779B97F4A7C15ULL + static_cast<std::size_t>(s.voice));
}

std::optional<IngestGate::Passed> IngestGate::on_datagram(Voice voice, std::span<const std::uint8_t> bytes,
                                                          const base::Address& from, base::Time now) {
  const auto packet = rtp::PacketView::parse(bytes);
  if (!packet || rtp::is_rtcp(bytes)) {
    ++counters_.malformed;
    return std::nullopt;
  }
  const IngestSource who{voice, from, packet->header.ssrc};
  const auto known = ids_.find(who);
  if (known != ids_.end()) sources_.at(known->second).last = now;
  if (!settings_.types.test(packet->header.payload_type)) {
    ++counters_.unknown_type;
    return std::nullopt;
  }
  if (known == ids_.end()) return on_newcomer(who, packet->header.seq, now);
  ++counters_.passed;
  return Passed{known->second};
}

// The newcomer's record; null when there is no room for one more.
IngestGate::Newcomer* IngestGate::newcomer(const IngestSource& who, rtp::Seq seq, base::Time now) {
  const auto at = newcomers_.find(who);
  if (at != newcomers_.end()) return &at->second;
  if (newcomers_.size() >= settings_.most_newcomers) {
    if (now - cleaned_ < clean_every) return nullptr;
    cleaned_ = now;
    std::erase_if(newcomers_, [now](const auto& one) { return now - one.second.last > newcomer_life; });
    if (newcomers_.size() >= settings_.most_newcomers) return nullptr;
  }
  return &newcomers_.emplace(who, Newcomer{seq, 0, now, now}).first->second;
}

std::optional<IngestGate::Passed> IngestGate::on_newcomer(const IngestSource& who, rtp::Seq seq,
                                                          base::Time now) {
  Newcomer* one = newcomer(who, seq, now);
  if (one == nullptr || now < one->not_before) {
    ++counters_.refused;
    return std::nullopt;
  }
  const int step = seq.distance_from(one->highest);
  const bool stale = now - one->last > newcomer_life || step > near || step < -near;
  if (stale) *one = Newcomer{seq, 0, now, now};
  one->last = now;
  if (one->shown == 0 || step != 0 || stale) ++one->shown;
  if (seq.newer_than(one->highest)) one->highest = seq;
  if (one->shown < proof) {
    ++counters_.probation;
    return std::nullopt;
  }
  if (sources_.size() >= settings_.most_sources) {
    one->not_before = now + refusal;
    ++counters_.refused;
    return std::nullopt;
  }
  const Id id = next_++;
  sources_.emplace(id, Known{who, one->began, now});
  ids_.emplace(who, id);
  newcomers_.erase(who);
  ++counters_.passed;
  return Passed{id, true};
}

void IngestGate::refuse(Id id, base::Time now) {
  const auto known = sources_.find(id);
  if (known == sources_.end()) return;
  const IngestSource who = known->second.who;
  forget(id);
  --counters_.passed;
  ++counters_.refused;
  if (Newcomer* one = newcomer(who, rtp::Seq{}, now)) one->not_before = now + refusal;
}

void IngestGate::forget(Id id) {
  const auto known = sources_.find(id);
  if (known == sources_.end()) return;
  ids_.erase(known->second.who);
  sources_.erase(known);
}

}  // namespace daedap::media
