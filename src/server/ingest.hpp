#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "call/ingest/ingest_desk.hpp"
#include "server/shard.hpp"

namespace daedap::server {

/// The two ports of plain RTP: their sockets and the desk live on the first shard; packets go on to the
/// home shards of their calls, in order with what the desk says of them. A shard that is so far behind
/// that `Lane::longest` packets wait for it loses the newest ones, counted.
class Ingest {
 public:
  struct Parts {
    const call::IngestSettings& settings;
    const std::vector<call::IngestLine>& lines;
    base::Address bind;
    base::LogSink& log;
    const std::vector<std::unique_ptr<Shard>>& shards;  // started; they outlive this
  };
  struct Figures {
    call::IngestDesk::Figures desk;
    std::uint64_t overflowed = 0;
    std::uint16_t customer_port = 0, agent_port = 0;
  };

  /// errors  no_port (taken), io
  static base::Result<std::unique_ptr<Ingest>> open(const Parts& parts);
  /// Closes the ports; before the shards stop.
  ~Ingest();

  /// thread  any; `then` runs on the first shard
  void order(call::IngestOrder order, std::function<void(base::Result<std::string>)> then);
  void end(std::string call_id, call::Cause cause, std::function<void(bool)> then);
  void end_all(call::Cause cause);
  void drain();
  /// As of the last 250 ms. thread  any
  Figures figures() const;

 private:
  struct Impl;
  explicit Ingest(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::server
