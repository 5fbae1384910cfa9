#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/address.hpp"
#include "base/time.hpp"
#include "media/ingest_gate.hpp"

namespace daedap::call {

/// Which stream an order means: what is absent may be anything, port 0 is any port.
struct WantedStream {
  std::optional<base::Address> from;
  std::optional<std::uint32_t> ssrc;

  /// 0 = another stream is meant; higher = more of it was named.
  int fits(const media::IngestSource& source) const;
};

/// One call, as far as it matters to where a new stream belongs.
struct IngestPlace {
  /// The stream that carries a voice now.
  struct Side {
    media::IngestSource source;
    base::Time began, last;
  };
  std::array<std::optional<WantedStream>, 2> wanted;  // by Voice; none = found by the rules
  std::array<std::optional<Side>, 2> sides;           // by Voice
  std::optional<base::Time> ordered;                  // when somebody ordered this call
  int line = -1;                                      // of the configuration; -1 = none

  bool running() const { return sides[0] || sides[1]; }
};

/// Finds the call that a new stream belongs to. The rules, the first that applies:
///  1. the order that names the stream, the one that names more of it first;
///  2. the call whose stream of the same voice and address fell silent within 250 ms before this one
///     began: its sender took another SSRC;
///  3. a call that lacks this voice and whose other stream began within `within` of this one: from
///     the same address and port first, then from the same address, then the nearest in time;
///  4. the only call that lacks this voice and whose other stream comes from the same address;
///  5. the oldest order that names no stream and has none yet.
/// Rules 3 and 4 leave alone a call whose order names another stream for this voice, and calls of
/// other lines. When none applies, the stream begins a call of its own.
class IngestPairing {
 public:
  static constexpr base::Millis restart{250};   // of rule 2
  static constexpr base::Millis overlap{10};    // packets out of order at the restart

  struct Newcomer {
    media::IngestSource source;
    base::Time began;
    int line = -1;
  };
  /// `vacant`: a stream that was silent for so long has left its place.
  IngestPairing(const Newcomer& newcomer, base::Duration within, base::Duration vacant, base::Time now)
      : newcomer_(newcomer), within_(within), vacant_(vacant), now_(now) {}

  void consider(std::uint64_t call, const IngestPlace& place);
  std::optional<std::uint64_t> best() const;

 private:
  using Rank = std::array<std::int64_t, 3>;  // rule, what is better within it
  std::optional<Rank> rank(const IngestPlace& place);
  std::optional<Rank> rank_beside(const IngestPlace::Side& other);

  Newcomer newcomer_;
  base::Duration within_, vacant_;
  base::Time now_;
  Rank best_rank_{};
  std::optional<std::uint64_t> best_;
  int same_address_ = 0;  // calls that rule 4 would take
};

}  // namespace daedap::call
