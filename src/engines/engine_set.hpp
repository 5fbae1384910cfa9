#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/executor.hpp"
#include "base/log.hpp"
#include "engines/admission.hpp"
#include "engines/assistant/script.hpp"
#include "engines/espeak/pool.hpp"
#include "engines/pocketsphinx/recogniser.hpp"
#include "engines/workers.hpp"
#include "speech/conversation.hpp"

namespace daedap::engines {

/// Which engines there are, and how they are set. Every path and limit has a default.
struct EngineSettings {
  std::string stt = "pocketsphinx";  // or "none": keys only
  std::string tts = "espeak";
  std::string llm = "assistant";
  std::filesystem::path assistant_file;  // empty = share/assistants/default.yaml, looked for
  std::size_t max_sessions = 500;        // calls with the assistant
  Workers::Limits workers;
  espeak::EspeakSettings espeak;
  pocketsphinx::PocketSphinxSettings pocketsphinx;
};

/// The engines as one shard sees them. Destroyed on the shard, after its calls.
class ShardEngines {
 public:
  speech::Engines seams() { return {*stt, *llm, *tts}; }
  std::unique_ptr<speech::Stt> stt;
  std::unique_ptr<speech::Llm> llm;
  std::unique_ptr<speech::Tts> tts;
};

struct EngineFigures {
  WorkerFigures workers;
  espeak::EspeakFigures tts;
  pocketsphinx::RecogniserFigures stt;
  std::size_t llm_sessions = 0;
  std::uint64_t llm_refused = 0;
};

/// All engines of the server, chosen by configuration, shared between the shards.
/// Order of an end: calls, ShardEngines, `stop()`, and only then the shards' executors.
/// thread  `start`, `stop` one; the rest any
class EngineSet {
 public:
  enum class Readiness { starting, ready, failed };

  /// The log's sink must take lines from any thread.
  EngineSet(EngineSettings settings, base::Log log);
  ~EngineSet();
  EngineSet(const EngineSet&) = delete;
  EngineSet& operator=(const EngineSet&) = delete;

  /// Reads the assistant, loads the recogniser and starts the speech helpers, in the background.
  void start();
  void stop();
  Readiness readiness() const { return readiness_; }
  /// Why it failed, for the log and /readyz: every mistake of the script, one per line.
  std::string why() const;

  /// Usable at once; until `ready` every stream is refused with engine_not_ready.
  std::unique_ptr<ShardEngines> for_shard(base::Executor& home);
  /// Whether callers of this language are understood when they speak.
  bool understands(const std::string& language) const;
  /// Post-call transcription, see Recogniser::transcribe. errors  unsupported (language) and those
  base::Result<std::vector<pocketsphinx::Segment>> transcribe(
      std::span<const std::int16_t> pcm,
      std::span<const std::pair<std::size_t, std::size_t>> pieces,
      const std::string& language, const pocketsphinx::Decoder::Unwanted& unwanted = {}) const;
  EngineFigures figures() const;
  /// nullptr until it was read.
  const assistant::Script* script() const;

 private:
  base::Result<void> load();
  base::Result<void> load_script();
  void finish(const base::Result<void>& result);
  void tell_behind(const pocketsphinx::RecogniserFigures& figures);

  // given
  const EngineSettings settings_;
  base::Log log_;
  // owned
  Workers workers_;
  Admission sessions_;
  pocketsphinx::Recogniser recogniser_;
  espeak::EspeakPool pool_;
  std::optional<assistant::Script> script_;  // written before `loaded_`
  std::thread starter_;
  // state
  std::atomic<bool> script_loaded_{false};
  std::atomic<Readiness> readiness_{Readiness::starting};
  mutable std::mutex mutex_;
  std::string why_;
};

/// Checks the choice of engines: one message per wrong value, as "key: what".
std::vector<std::string> check(const EngineSettings& settings);
/// A file of `share/`: beside the program's build or installation, else in the current folder's.
/// errors  not_found
base::Result<std::filesystem::path> find_packaged(const std::string& file);
/// The default assistant. errors  not_found
base::Result<std::filesystem::path> find_assistant();

}  // namespace daedap::engines
