// What relaying, tapping, encrypting and setting up calls between people costs: our server, rtpengine and a
// bare loop in one run, under one load.
#include <sodium.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "bench/relay/pbx.hpp"
#include "bench/relay/rtpengine.hpp"

namespace daedap::bench {
namespace {

constexpr int rounds = 3;
constexpr double slice = 4, warm = 0.5;  // seconds
constexpr double set_up_rate = 100;      // calls a second, where set-up is not what is measured

/// One relay with its calls up, and what was seen of it.
struct Contestant {
  std::string name;
  const Process* process = nullptr;
  Talkers* talkers = nullptr;
  Traffic traffic{};
  std::int64_t cpu_ns = 0;
  double seconds = 0;
  long kb_before = 0, kb_with_calls = 0;

  double us_per_packet() const { return traffic.received == 0 ? 0 : static_cast<double>(cpu_ns) / 1e3 / static_cast<double>(traffic.received); }
  double core_pct() const { return seconds == 0 ? 0 : static_cast<double>(cpu_ns) / 1e7 / seconds; }
  double kb_per_call() const { return 2.0 * static_cast<double>(kb_with_calls - kb_before) / static_cast<double>(talkers->size()); }
};

void measure(Contestant& one, double seconds) {
  (void)one.talkers->talk(warm);
  const std::int64_t before = one.process->cpu_ns();
  Traffic traffic = one.talkers->talk(seconds);
  one.cpu_ns += one.process->cpu_ns() - before;
  one.seconds += seconds;
  traffic.received += one.talkers->listen(0.05);
  one.traffic.add(traffic);
  one.kb_with_calls = one.process->resident_kb();
}

/// In turns, so that what else the machine does meets all of them; who is not measured stands still.
void measure_all(const std::vector<Contestant*>& all) {
  for (const Contestant* one : all) one->process->freeze(true);
  for (int round = 0; round < rounds; ++round) {
    for (Contestant* one : all) {
      one->process->freeze(false);
      measure(*one, slice);
      one->process->freeze(true);
    }
  }
  for (const Contestant* one : all) one->process->freeze(false);
}

void print(const Contestant& one) {
  std::printf("%5zu  %-14s %9.2f %8.1f %9.0f %9.0f %8.3f %9.0f\n", one.talkers->size() / 2, one.name.c_str(), one.us_per_packet(), one.core_pct(),
              percentile(one.traffic.latency_us, 0.5), percentile(one.traffic.latency_us, 0.99), one.traffic.lost_pct(), one.kb_per_call());
}

void result(const std::string& key, double value, const char* unit) { std::printf("RESULT %s %.3f %s\n", key.c_str(), value, unit); }

/// Our server with calls between people that talk.
class OurCalls {
 public:
  OurCalls(const Folder& folder, const Pbx::Settings& settings, std::size_t calls, const char* name)
      : pbx_(folder, settings), talkers_(2 * calls) {
    seen.name = name;
    seen.talkers = &talkers_;
    if (pbx_.sip_port() == 0) return;
    seen.process = &pbx_.process();
    calls_.emplace(pbx_, &talkers_, settings.srtp);
    if (!calls_->register_all(10)) {
      std::fprintf(stderr, "not all operators could register\n");
      return;
    }
    seen.kb_before = pbx_.process().resident_kb();
    calls_->place(calls, set_up_rate);
    calls_->settle_until_quiet(10, calls);
    if (calls_->answered() < calls) std::fprintf(stderr, "%s: %zu of %zu calls answered\n", name, calls_->answered(), calls);
    ready = calls_->answered() == calls;
  }
  ~OurCalls() {
    if (!ready) return;
    calls_->hang_up_all();
    calls_->settle_until_quiet(5, 0);
  }
  OurCalls(const OurCalls&) = delete;
  OurCalls& operator=(const OurCalls&) = delete;

  Contestant seen;
  bool ready = false;

 private:
  Pbx pbx_;
  Talkers talkers_;
  std::optional<Calls> calls_;
};

class BareLoop {
 public:
  BareLoop(const Folder& folder, std::size_t calls)
      : process_({(std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench_bare_loop").string(), std::to_string(calls)},
                 folder.path("bare.log")),
        talkers_(2 * calls) {
    seen.name = "bare loop";
    seen.process = &process_;
    seen.talkers = &talkers_;
    std::istringstream ports(process_.wait_for([](const std::string& t) { return t.ends_with("ready\n"); }, 10));
    std::uint16_t port = 0;
    for (std::size_t leg = 0; leg < talkers_.size() && ports >> port; ++leg) talkers_.aim(leg, port);
    ready = port != 0;
    seen.kb_before = seen.kb_with_calls = process_.resident_kb();
  }
  Contestant seen;
  bool ready = false;

 private:
  Process process_;
  Talkers talkers_;
};

class TheirCalls {
 public:
  TheirCalls(const Folder& folder, std::size_t calls) : server_(folder), talkers_(2 * calls) {
    pause(1);
    seen.name = "rtpengine";
    seen.process = &server_.process();
    seen.talkers = &talkers_;
    seen.kb_before = server_.process().resident_kb();
    ready = server_.set_up(talkers_);
  }
  Contestant seen;
  bool ready = false;

 private:
  Rtpengine server_;
  Talkers talkers_;
};

/// us per packet of the plain relay; 0 = it did not come about.
double contest(std::size_t calls, bool with_srtp) {
  const Folder folder;
  std::optional<OurCalls> secure;
  std::optional<TheirCalls> theirs;
  OurCalls ours(folder, {.name = "plain"}, calls, "daedap");
  BareLoop bare(folder, calls);
  if (with_srtp) secure.emplace(folder, Pbx::Settings{.srtp = true, .name = "srtp", .first_port = 15'000}, calls, "daedap SRTP");
  if (Rtpengine::installed()) theirs.emplace(folder, calls);
  if (theirs && !theirs->ready) theirs.reset();
  if (!theirs) std::printf("rtpengine could not be installed or started: not compared\n");
  if (!ours.ready || !bare.ready || (secure && !secure->ready)) return 0;

  std::vector<Contestant*> all{&ours.seen};
  if (theirs) all.push_back(&theirs->seen);
  all.push_back(&bare.seen);
  if (secure) all.push_back(&secure->seen);
  measure_all(all);

  std::printf("calls  relay          us/packet  %% core    p50 us    p99 us   %% lost   KB/call\n");
  for (const Contestant* one : all) print(*one);
  const std::string n = "_" + std::to_string(calls);
  const double us = ours.seen.us_per_packet();
  result("relay_us_per_packet" + n, us, "us");
  if (theirs) result("relay_ratio_rtpengine" + n, us / theirs->seen.us_per_packet(), "x");
  result("relay_ratio_bare" + n, us / bare.seen.us_per_packet(), "x");
  if (calls == 1000) result("relay_kb_per_call", ours.seen.kb_per_call(), "KB");
  if (!with_srtp) return us;
  if (theirs) result("relay_p99_ratio_rtpengine" + n, percentile(ours.seen.traffic.latency_us, 0.99) / percentile(theirs->seen.traffic.latency_us, 0.99), "x");
  result("relay_srtp_ratio_plain", secure->seen.us_per_packet() / us, "x");
  return us;
}

bool tapped(std::size_t calls) {
  const Folder folder;
  OurCalls ours(folder, {.record = true, .name = "tapped"}, calls, "tapped");
  if (!ours.ready) return false;
  measure(ours.seen, rounds * slice);
  print(ours.seen);
  result("tapped_call_cpu_pct_core", ours.seen.core_pct() / static_cast<double>(calls), "%");
  return true;
}

/// Calls that are hung up as soon as they are answered.
bool set_up_rates() {
  const Folder folder;
  const Pbx pbx(folder, {.name = "rates", .last_port = 31'999});
  if (pbx.sip_port() == 0) return false;
  Calls calls(pbx, nullptr);
  if (!calls.register_all(10)) return false;
  int best = 0;
  double cpu_ms = 0;
  std::printf("calls/s  placed  answered  failed  CPU ms/call\n");
  for (const int rate : {50, 200, 500}) {
    const std::size_t placed = static_cast<std::size_t>(rate) * 5, answered = calls.answered(), failed = calls.failed();
    const std::int64_t before = pbx.process().cpu_ns();
    calls.place(placed, rate);
    const bool all_over = calls.settle_until_quiet(10, 0);
    pbx.process().wait_idle(5);  // the database has them
    const double ms = static_cast<double>(pbx.process().cpu_ns() - before) / 1e6 / static_cast<double>(placed);
    std::printf("%7d %7zu %9zu %7zu %12.3f\n", rate, placed, calls.answered() - answered, calls.failed() - failed, ms);
    if (rate == 200) cpu_ms = ms;
    if (all_over && calls.answered() - answered == placed && calls.failed() == failed) best = rate;
    else break;
  }
  result("bridge_setup_cpu_ms", cpu_ms, "ms");
  result("bridge_cps", best, "calls/s");
  return true;
}

/// The named parts, or all: 200, 1000 (calls that are relayed), tapped, rates.
int run(const std::vector<std::string>& parts) {
  const auto wanted = [&](const char* part) { return parts.empty() || std::ranges::count(parts, part) > 0; };
  run_on_core(1);
  run_first();
  if (sodium_init() < 0 || !media::start_srtp()) return 1;
  std::printf("servers on core 0, load on core 1; %d slices of %.0f s each; G.711, 20 ms, relayed packets both ways\n", rounds, slice);
  bool good = true;
  if (wanted("200")) good = contest(200, true) > 0;
  if (wanted("1000")) good = contest(1000, false) > 0 && good;
  if (wanted("tapped")) good = tapped(200) && good;
  if (wanted("rates")) good = set_up_rates() && good;
  return good ? 0 : 1;
}

}  // namespace
}  // namespace daedap::bench

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  return daedap::bench::run({argv + 1, argv + argc});
}
