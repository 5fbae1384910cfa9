// How much one AI call costs: 200 calls with scripted engines over real sockets, two processes.
#include "bench/ai_calls.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  using namespace daedap::bench;
  const int calls = argc > 1 ? std::atoi(argv[1]) : 200;
  const int steady = argc > 2 ? std::atoi(argv[2]) : 20;
  if (calls < 1 || calls > 1000 || steady < 5 || steady > 600) {
    std::fprintf(stderr, "usage: bench_ai_calls [CALLS 1-1000] [SECONDS 5-600]\n");
    return 2;
  }
  const ServerProcess server = start_server();
  if (server.pid < 0) return 1;
  const Seen seen = place_calls(server, calls, 50, steady);
  stop_server(server);
  const std::vector<double> own = own_turn_ms(server.state);

  const double core_pct = 100.0 * static_cast<double>(seen.cpu_ns) / 1e9 / seen.seconds / calls;
  const double rss_kb = static_cast<double>(seen.rss_in_play_kb - seen.rss_before_kb) / calls;
  const double pacing = percentile(seen.pacing_ms, 0.99);
  std::printf("%d AI calls, 50 set up a second, %.0f s in play; decode, voice activity, jitter buffer, encode, recording on\n", calls, seen.seconds);
  std::printf("  answered              %d of %d\n", seen.answered, calls);
  std::printf("  server CPU            %.3f %% of a core a call\n", core_pct);
  std::printf("  memory                %.0f KB a call\n", rss_kb);
  std::printf("  100 Trying            p50 %.2f  p99 %.2f ms\n", percentile(seen.first_100_ms, 0.5), percentile(seen.first_100_ms, 0.99));
  std::printf("  200 OK                p50 %.2f  p99 %.2f ms\n", percentile(seen.first_200_ms, 0.5), percentile(seen.first_200_ms, 0.99));
  std::printf("  packet pacing error   p50 %.3f  p99 %.3f ms (%zu packets)\n", percentile(seen.pacing_ms, 0.5), pacing, seen.pacing_ms.size());
  std::printf("  own time of a turn    p50 %.1f  p99 %.1f ms (%zu turns)\n", percentile(own, 0.5), percentile(own, 0.99), own.size());
  std::printf("Calls per core: %.0f\n", 100.0 / core_pct);
  std::printf("RESULT ai_call_cpu_pct_core %.4f %%\n", core_pct);
  std::printf("RESULT ai_call_rss_kb %.1f KB\n", rss_kb);
  std::printf("RESULT ai_calls_per_core %.0f calls\n", 100.0 / core_pct);
  std::printf("RESULT pacing_p99_ms %.3f ms\n", pacing);
  std::printf("RESULT setup_100_p99_ms %.3f ms\n", percentile(seen.first_100_ms, 0.99));
  std::printf("RESULT setup_200_p99_ms %.3f ms\n", percentile(seen.first_200_ms, 0.99));
  std::printf("RESULT own_turn_p99_ms %.2f ms\n", percentile(own, 0.99));
  return seen.answered == calls ? 0 : 1;
}
