#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "call/cause.hpp"
#include "call/ingest/ingest_pairing.hpp"
#include "call/trunks.hpp"
#include "media/ingest_stream.hpp"

namespace daedap::call {

/// Who talks in a call whose audio comes as plain RTP.
struct IngestIdentity {
  std::string call_id;          // empty = we make one
  std::string customer_number;  // empty = unknown
  std::string agent_id;         // empty = unknown
  std::string language;         // empty = the configured one
};

/// Somebody says that a call is about to come, and what its streams are if he knows.
struct IngestOrder {
  IngestIdentity identity;
  std::array<std::optional<WantedStream>, 2> streams;  // by Voice
};

/// Streams from known addresses belong to known people.
struct IngestLine {
  std::string customer_from, agent_from;  // IP or network; empty = any
  std::string customer_number, agent_id, language;
  friend bool operator==(const IngestLine&, const IngestLine&) = default;
};

struct IngestSettings {
  bool enabled = false;
  std::string bind;                      // empty = that of the calls' RTP
  std::uint16_t customer_port = 12345, agent_port = 12346;
  media::IngestTypes types;
  std::vector<std::string> allow;        // networks that may send; empty = everybody
  std::string language = "ko";
  std::chrono::seconds silence{10};      // a call without a packet for so long is over
  base::Millis pair_within{2000};        // streams that begin so near to each other may be one call
  std::chrono::seconds claim_within{60};  // an order whose streams do not begin within this is void
  std::size_t most_calls = 500;

  friend bool operator==(const IngestSettings&, const IngestSettings&) = default;
};

/// Ingested calls as a whole: whose packet is this, which calls are there, when does one begin and end.
/// Their audio lives on their home shards (`IngestBoard`).
/// in      datagrams of both ports, orders, time
/// out     `take_output`: what the home shards are told, in order
/// thread  the first shard
class IngestDesk {
 public:
  using Key = std::uint64_t;
  /// Where a packet goes.
  struct Route {
    Key call = 0;
    std::size_t shard = 0;
    media::Voice voice = media::Voice::customer;
  };
  struct Began {
    Key call;
    std::size_t shard;
    IngestIdentity identity;  // complete
    base::Time at;            // first packet
  };
  struct Ended {
    Key call;
    std::size_t shard;
    Cause cause;
    base::Time last;  // packet
  };
  using Output = std::variant<Began, Ended>;
  struct Figures {
    std::size_t calls = 0, ordered = 0, sources = 0;
    media::IngestGate::Counters packets;
    std::uint64_t strangers = 0;  // packets from outside of the allowed networks
  };

  IngestDesk(const IngestSettings& settings, const std::vector<IngestLine>& lines, std::size_t shards,
             base::Random& random, base::Log log);

  /// Drain the output before the packet is handed on: the call may begin with it.
  std::optional<Route> on_datagram(media::Voice voice, std::span<const std::uint8_t> bytes,
                                   const base::Address& from, base::Time now);
  /// Gives the call's id. errors  bad_syntax, bad_state (there is such a call), engine_full (too many, or
  /// draining)
  base::Result<std::string> order(const IngestOrder& order, base::Time now);
  /// False when there is no such call or order.
  bool end(const std::string& call_id, Cause cause, base::Time now);
  void end_all(Cause cause, base::Time now);
  /// From now on no call begins.
  void set_draining(bool draining) { draining_ = draining; }
  void on_time(base::Time now);
  base::Time deadline() const { return calls_.empty() && finished_.empty() ? base::never : next_look_; }
  std::optional<Output> take_output();
  Figures figures() const;

 private:
  using Source = media::IngestGate::Id;
  struct Held {
    IngestIdentity identity;
    IngestPlace place;
    std::array<std::optional<Source>, 2> sources;
    std::size_t shard = 0;
  };
  struct Line {
    std::optional<Network> from[2];
    IngestLine line;
  };
  static constexpr base::Millis look_every{250};
  /// What goes on sending after its call was ended is not heard until it paused for this long.
  static constexpr base::Millis pause{1000};

  std::optional<Route> place(Source id, base::Time now);
  Held* find(const media::IngestSource& source, base::Time began, base::Time now, Key& key);
  Held* open(const media::IngestSource& source, base::Time now, Key& key);
  void seat(Key key, Held& held, Source id, base::Time now);
  void refresh(Held& held) const;
  void finish(Key key, Cause cause, base::Time now);
  bool allowed(const base::Address& from) const;
  int line_of(const media::IngestSource& source) const;
  std::size_t emptiest() const;
  base::Result<IngestIdentity> completed(IngestIdentity identity) const;

  // given
  IngestSettings settings_;
  base::Random& random_;
  base::Log log_;
  // owned
  media::IngestGate gate_;
  std::vector<Network> allow_;
  std::vector<Line> lines_;
  std::map<Key, Held> calls_;  // the oldest first
  std::unordered_map<Source, Route> routes_;
  std::vector<Source> finished_;
  std::deque<Output> output_;
  std::vector<std::size_t> load_;  // running calls by shard
  // state
  Key next_ = 1;
  base::Time next_look_{};
  std::uint64_t strangers_ = 0;
  bool draining_ = false;
};

}  // namespace daedap::call
