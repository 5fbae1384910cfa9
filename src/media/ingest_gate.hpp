#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

#include "base/address.hpp"
#include "base/time.hpp"
#include "media/rtp_port.hpp"
#include "rtp/packet.hpp"

namespace daedap::media {

/// Whose voice a stream of plain RTP carries, told by the port that it is sent to.
enum class Voice : std::uint8_t { customer, agent };

/// One sender of plain RTP. Nothing announces it, so its address and SSRC are its name.
struct IngestSource {
  Voice voice = Voice::customer;
  base::Address from;
  std::uint32_t ssrc = 0;
  friend auto operator<=>(const IngestSource&, const IngestSource&) = default;
};

/// Tells the senders of plain RTP on two ports apart, and lets in no packet before its sender has
/// shown three in sequence: a stray or forged datagram never begins anything.
/// cost  one lookup a packet; memory is bounded by the settings
/// spec  RFC 3550 §5.1, §8.2 (SSRC), A.1 (probation)
class IngestGate {
 public:
  using Id = std::uint32_t;
  struct Settings {
    PayloadTypes types;                 // what can be decoded
    std::size_t most_sources = 1000;    // admitted at once
    std::size_t most_newcomers = 256;   // on probation at once
  };
  /// One packet that came through.
  struct Passed {
    Id id = 0;
    bool begins = false;  // of a new source: `admit` it, or `refuse` it
  };
  struct Counters {
    std::uint64_t passed = 0;
    std::uint64_t malformed = 0;     // no RTP, or RTCP
    std::uint64_t unknown_type = 0;  // a payload type that is not configured
    std::uint64_t probation = 0;     // before its source was believed
    std::uint64_t refused = 0;       // too many sources, or nothing wanted this one
  };
  static constexpr int proof = 3;                    // packets in sequence
  static constexpr base::Millis newcomer_life{1000};  // without a packet, then it is forgotten
  static constexpr base::Millis refusal{1000};        // a refused source may ask again after this
  static constexpr base::Millis clean_every{100};     // room is looked for no more often, however many knock

  explicit IngestGate(const Settings& settings) : settings_(settings) {}

  std::optional<Passed> on_datagram(Voice voice, std::span<const std::uint8_t> bytes,
                                    const base::Address& from, base::Time now);
  /// The one that `begins` told of, right after it: its packets pass from now on, this one too.
  void refuse(Id id, base::Time now);
  void forget(Id id);

  const IngestSource& source(Id id) const { return sources_.at(id).who; }
  /// When its first packet came.
  base::Time began(Id id) const { return sources_.at(id).began; }
  /// When its last packet of any payload type came (comfort noise is a sign of life).
  base::Time last(Id id) const { return sources_.at(id).last; }
  std::size_t sources() const { return sources_.size(); }
  const Counters& counters() const { return counters_; }

 private:
  struct Hash {
    std::size_t operator()(const IngestSource& s) const noexcept;
  };
  struct Known {
    IngestSource who;
    base::Time began, last;
  };
  struct Newcomer {
    rtp::Seq highest;
    int shown = 0;
    base::Time began, last;
    base::Time not_before{};  // refused until then
  };
  std::optional<Passed> on_newcomer(const IngestSource& who, rtp::Seq seq, base::Time now);
  Newcomer* newcomer(const IngestSource& who, rtp::Seq seq, base::Time now);

  Settings settings_;
  Counters counters_;
  Id next_ = 1;
  std::unordered_map<IngestSource, Id, Hash> ids_;
  std::unordered_map<Id, Known> sources_;
  std::unordered_map<IngestSource, Newcomer, Hash> newcomers_;
  base::Time cleaned_{};
};

}  // namespace daedap::media
