// One window of the voice activity network: alone and in company, by each instruction set, and by
// onnxruntime-node where that is installed (NODE_PATH). Without the authors' file, made-up parameters
// take its place: the time is the same.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "tests/engines/silero/files.hpp"

namespace {

using namespace daedap::engines::silero;

constexpr std::size_t windows = 2400, rounds = 15;

/// Microseconds a window, the median of the rounds.
double measure(const Network& network, Forward forward, std::size_t streams) {
  const auto audio = test::made_audio(static_cast<int>(network.shape().window));
  const std::size_t room = audio.size() - network.shape().window - network.shape().context;
  Floats work(work_size);
  std::vector<State> states(streams);
  std::vector<Item> items(streams);
  std::vector<double> took;
  for (std::size_t round = 0; round < rounds; ++round) {
    std::size_t done = 0;
    const auto start = std::chrono::steady_clock::now();
    for (; done < windows; done += streams) {
      for (std::size_t s = 0; s < streams; ++s) {
        const std::size_t at = (done * 37 + s * 1531) % room;
        items[s] = {.audio = audio.data() + at, .state = states[s].values};
      }
      network.run(items, work, forward);
    }
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
    took.push_back(spent.count() / static_cast<double>(done));
  }
  std::sort(took.begin(), took.end());
  return took[rounds / 2];
}

std::vector<Weights> weights(const std::string& path) {
  if (const auto file = test::file_bytes(path); !file.empty()) {
    auto read = read_weights(file);
    if (read) return std::move(*read);
    fmt::print("{}: {}\n", path, read.error().message());
  }
  fmt::print("no {}: made-up parameters\n", path);
  return {test::made_weights(wide), test::made_weights(narrow)};
}

/// What the peer prints; empty where it cannot run.
std::string peer(const std::string& path) {
  const std::string command = "node " DAEDAP_SOURCE_DIR "/bench/vad/peer.js '" + path + "' 2>/dev/null";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string out;
  for (char block[256]; std::fgets(block, sizeof block, pipe) != nullptr;) out += block;
  return ::pclose(pipe) == 0 ? out : std::string();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string path =
      argc > 1 ? argv[1] : (test::shared_folder() / "models/silero-vad/silero_vad.onnx").string();
  std::string results;
  fmt::print("microseconds per 32 ms window and stream, one core\n{:>6} {:>9} {:>8} {:>8} {:>8} {:>8}\n",
             "Hz", "code", "1", "4", "12", "120");
  for (const Weights& w : weights(path)) {
    const auto network = Network::make(w);
    if (!network) return fmt::print("{}\n", network.error().message()), 1;
    for (const Forward forward : test::all_forwards()) {
      const bool best = forward == best_forward();
      fmt::print("{:>6} {:>9}", w.shape.rate, forward == portable::forward ? "portable" : "avx2");
      for (const std::size_t streams : {1, 4, 12, 120}) {
        const double us = measure(*network, forward, streams);
        fmt::print(" {:>8.1f}", us);
        if (best && streams == 1)
          results += fmt::format("RESULT silero_us_per_window_single_{} {:.1f} us\n", w.shape.rate, us);
        if (best && streams == 120) {
          results += fmt::format("RESULT silero_us_per_window_{} {:.1f} us\n", w.shape.rate, us);
          if (w.shape == wide) results += fmt::format("RESULT silero_us_per_window {:.1f} us\n", us);
        }
      }
      fmt::print("\n");
    }
  }
  const std::string theirs = peer(path);
  if (theirs.empty())
    fmt::print("onnxruntime-node is not installed: nothing is compared with it\n");
  else
    fmt::print("onnxruntime-node, one at a time (Hz, microseconds):\n{}", theirs);
  fmt::print("{}", results);
}
