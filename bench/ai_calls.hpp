#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace daedap::bench {

/// The server under test: the whole product in a process of its own, with scripted engines.
struct ServerProcess {
  pid_t pid = -1;
  std::uint16_t sip_port = 0;
  std::string state;  // folder
};
/// Forks; call before any thread exists. `consumer`: URL of a WebSocket consumer of events; empty = none.
ServerProcess start_server(const std::string& consumer = {});
void stop_server(const ServerProcess& server);
/// What GET /metrics said when the server was told to stop.
std::string last_metrics(const std::string& state);
/// CPU time of all threads so far, nanoseconds; resident memory, KB.
std::int64_t cpu_ns(pid_t pid);
long resident_kb(pid_t pid);
/// What the turns of the calls in the store needed beyond engines and the configured wait, ms.
std::vector<double> own_turn_ms(const std::string& state);

/// What the callers saw.
struct Seen {
  std::vector<double> first_100_ms, first_200_ms;  // per call
  std::vector<double> pacing_ms;                   // |interval - 20 ms| of packets, kernel receive stamps
  int answered = 0;
  std::int64_t cpu_ns = 0;       // of the server, in the steady part
  double seconds = 0;            // length of the steady part
  long rss_before_kb = 0, rss_in_play_kb = 0;
};
/// Places `calls` calls, `rate` a second, talks and listens for `steady` seconds, hangs up.
Seen place_calls(const ServerProcess& server, int calls, int rate, int steady);

/// The value below which `p` (0..1) of `values` lie; 0 when there is none.
double percentile(std::vector<double> values, double p);

}  // namespace daedap::bench
