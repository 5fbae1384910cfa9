#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "bench/ai_calls.hpp"
#include "net/clock.hpp"
#include "server/doctor/http_get.hpp"
#include "server/server.hpp"
#include "store/call_table.hpp"
#include "store/database.hpp"
#include "store/operator_table.hpp"
#include "tests/server/scripted_source.hpp"

namespace daedap::bench {
namespace {

void serve(const std::string& state, const std::string& consumer, int tell) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  if (sodium_init() < 0) std::_Exit(1);
  server::Config config;
  config.state = state;
  config.sip.bind = "127.0.0.1";
  config.sip.port = 0;
  config.http.port = 0;
  config.media.first_port = 20'000;
  config.media.last_port = 29'999;
  config.http.tokens = {"bench-token-0123456789"};
  config.post_transcription = false;
  config.events.extended = true;
  if (!consumer.empty()) config.events.urls = {{consumer, {}, {}, {}}};
  {
    auto db = store::Database::open(state + "/daedap.db");
    call::Operator op{.id = "1001", .name = "김지원", .language = "ko", .voice = {}, .status = call::OperatorStatus::away, .away_message = {}, .greeting = {}};
    if (!db || !store::OperatorTable(*db).add(op)) std::_Exit(1);
  }
  auto server = server::Server::start(config, {.engines = std::make_unique<server::ScriptedSource>(), .talk = {}});
  if (!server) std::_Exit(1);
  ::usleep(800'000);  // sentences are made ahead
  const std::uint16_t port = (*server)->sip_port();
  if (::write(tell, &port, sizeof port) != sizeof port) std::_Exit(1);
  int got = 0;
  ::sigwait(&set, &got);
  std::ofstream(state + "/metrics.txt") << server::http_get("127.0.0.1", (*server)->http_port(), "/metrics", config.http.tokens[0]).body;
  (*server)->end_calls();
  for (int i = 0; i < 50 && (*server)->calls() > 0; ++i) ::usleep(100'000);
  if (!consumer.empty()) ::usleep(500'000);  // the last ends are on their way
  (*server)->stop();
  std::_Exit(0);
}

}  // namespace

ServerProcess start_server(const std::string& consumer) {
  ServerProcess out;
  char folder[] = "/tmp/daedap-bench-XXXXXX";
  if (!::mkdtemp(folder)) return out;
  out.state = folder;
  int pipe[2];
  if (::pipe(pipe) != 0) return out;
  out.pid = ::fork();
  if (out.pid == 0) serve(out.state, consumer, pipe[1]);
  ::close(pipe[1]);
  if (::read(pipe[0], &out.sip_port, sizeof out.sip_port) != sizeof out.sip_port) out.pid = -1;
  ::close(pipe[0]);
  return out;
}

void stop_server(const ServerProcess& server) {
  ::kill(server.pid, SIGTERM);
  ::waitpid(server.pid, nullptr, 0);
}

std::int64_t cpu_ns(pid_t pid) {
  std::int64_t sum = 0;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", ignored)) {
    std::ifstream in(task.path() / "schedstat");
    std::int64_t ns = 0;
    if (in >> ns) sum += ns;
  }
  return sum;
}

long resident_kb(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/statm");
  long size = 0, resident = 0;
  in >> size >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

std::string last_metrics(const std::string& state) {
  std::ifstream in(state + "/metrics.txt");
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<double> own_turn_ms(const std::string& state) {
  std::vector<double> out;
  if (auto db = store::Database::open(state + "/daedap.db")) {
    store::CallTable table(*db);
    std::optional<std::int64_t> before;
    for (;;) {
      const auto page = table.page(200, before);
      if (!page || page->empty()) break;
      for (const store::StoredCall& call : *page)
        if (const auto whole = table.find(call.record.call_id))
          for (const call::Turn& turn : whole->record.turns)
            if (turn.own_ms) out.push_back(*turn.own_ms);
      before = page->back().cursor;
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(state, ignored);
  return out;
}

double percentile(std::vector<double> values, double p) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, static_cast<std::size_t>(p * static_cast<double>(values.size())))];
}

}  // namespace daedap::bench
