// How long an event takes from the decision in a call to the consumer's socket while 300 AI calls run.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "bench/ai_calls.hpp"
#include "tests/net/ws_server.hpp"

namespace {

/// The `p` quantile of a Prometheus histogram, within its bucket by a straight line; ms.
double quantile(const std::string& metrics, const std::string& name, double p) {
  std::vector<std::pair<double, double>> buckets;  // upper edge in s, events up to it
  const std::string prefix = name + "_bucket{le=\"";
  for (std::size_t at = metrics.find(prefix); at != metrics.npos; at = metrics.find(prefix, at + 1)) {
    const char* edge = metrics.c_str() + at + prefix.size();
    const std::size_t value = metrics.find("} ", at) + 2;
    buckets.emplace_back(*edge == '+' ? 1e9 : std::strtod(edge, nullptr), std::strtod(metrics.c_str() + value, nullptr));
  }
  if (buckets.empty() || buckets.back().second == 0) return 0;
  const double wanted = p * buckets.back().second;
  double low = 0, below = 0;
  for (const auto& [edge, count] : buckets) {
    if (count >= wanted) return 1000 * (low + (edge - low) * (wanted - below) / std::max(1.0, count - below));
    low = edge, below = count;
  }
  return 1000 * low;
}

struct Judged {
  std::size_t events = 0, calls = 0, lost = 0, disordered = 0;
};

/// Each call's events are numbered from 1, and its last one is its end.
Judged judge(const std::vector<std::string>& messages) {
  Judged out;
  std::map<std::string, std::pair<std::int64_t, bool>> last;
  for (const std::string& line : messages) {
    const auto event = nlohmann::json::parse(line);
    auto& [seq, ended] = last[event["call_id"]];
    const std::int64_t here = event["seq"];
    out.lost += here > seq + 1 ? static_cast<std::size_t>(here - seq - 1) : 0;
    out.disordered += here <= seq || ended;
    seq = std::max(seq, here);
    ended = ended || event["type"] == "metadata_end";
    ++out.events;
  }
  out.calls = last.size();
  for (const auto& [id, state] : last) out.lost += !state.second;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace daedap::bench;
  const int calls = argc > 1 ? std::atoi(argv[1]) : 300;
  const int steady = argc > 2 ? std::atoi(argv[2]) : 20;
  if (calls < 1 || calls > 1000 || steady < 5 || steady > 600) {
    std::fprintf(stderr, "usage: bench_events [CALLS 1-1000] [SECONDS 5-600]\n");
    return 2;
  }
  std::uint16_t port = 0;
  { port = daedap::test::WsServer().port(); }  // its thread is gone before we fork
  const ServerProcess server = start_server("ws://127.0.0.1:" + std::to_string(port) + "/calls");
  if (server.pid < 0) return 1;
  daedap::test::WsServer consumer({.certificate = {}, .key = {}, .answer = {}, .port = port});
  while (consumer.connections() == 0) ::usleep(10'000);
  const Seen seen = place_calls(server, calls, 50, steady);
  stop_server(server);
  const std::string metrics = last_metrics(server.state);
  (void)own_turn_ms(server.state);  // clears the folder
  const Judged judged = judge(consumer.messages());
  const double p50 = quantile(metrics, "daedap_event_delay_seconds", 0.5), p99 = quantile(metrics, "daedap_event_delay_seconds", 0.99);
  std::printf("%d AI calls, 50 set up a second, %.0f s in play, one WebSocket consumer\n", calls, seen.seconds);
  std::printf("  answered              %d of %d\n", seen.answered, calls);
  std::printf("  events                %zu of %zu calls\n", judged.events, judged.calls);
  std::printf("  decision to socket    p50 %.2f  p99 %.2f ms\n", p50, p99);
  std::printf("  lost %zu, out of order %zu\n", judged.lost, judged.disordered);
  std::printf("RESULT event_p99_ms %.3f ms\n", p99);
  std::printf("RESULT events_lost %zu events\n", judged.lost);
  std::printf("RESULT events_out_of_order %zu events\n", judged.disordered);
  return seen.answered == calls && judged.lost + judged.disordered == 0 ? 0 : 1;
}
