#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/backend.hpp"
#include "base/time.hpp"
#include "call/record.hpp"
#include "call/trunk.hpp"

namespace daedap::api {

/// Of the consumers of events.
struct EventFigures {
  struct Consumer {
    std::string name;
    bool connected = false;
    std::int64_t backlog = 0;
    std::uint64_t sent = 0, connections = 0;
  };
  std::vector<Consumer> consumers;
  std::uint64_t written = 0, given_up = 0, waiting = 0;
  std::int64_t outbox_bytes = 0;
};

/// Figures that are asked for when /metrics is read.
struct LiveFigures {
  std::size_t calls_running = 0;
  std::size_t engine_streams = 0;
  std::size_t engine_queue = 0;
  std::uint64_t engine_jobs = 0;
  std::uint64_t engine_refused = 0;
  std::uint64_t engine_utterances_lost = 0;
  double engine_audio_dropped_s = 0;
  double engine_wait_s_total = 0;
  std::uint64_t tts_restarts = 0;
  bool ready = false;
  std::size_t registrations = 0;          // phones registered now
  std::size_t banned = 0;                 // addresses that get no answer now
  std::vector<call::TrunkState> trunks;
  EventFigures events;
  IngestFigures ingest;
};

/// Everything that is counted, as Prometheus text. docs/metrics.md lists the names.
/// thread  any (prometheus-cpp locks per metric); none of it is on the packet path
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void on_call_started();
  void on_call_ended(const call::Record& record);
  /// `answered_by`: "ai" or an operator's id.
  void on_call_answered(base::Millis setup, const std::string& answered_by);
  void on_turn(const call::Turn& turn);
  void on_tick(base::Duration late);
  void on_stall();
  void on_sip_notice(const std::string& event);
  void on_recording_error(const std::string& kind);
  void on_engine_failure(const std::string& engine);
  /// A request with wrong credentials, and an address that got itself banned by them.
  void on_sip_auth_failure();
  void on_sip_ban();
  /// Packets handed from one leg to the other, since the last time.
  void on_relayed(std::uint64_t forwarded, std::uint64_t transcoded);

  /// From what a call told to a consumer's socket.
  void on_event_sent(base::Duration took);

  std::string text(const LiveFigures& live);

 private:
  void set(const EventFigures& events);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::api
