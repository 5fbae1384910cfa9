#include "server/embedded_engines.hpp"

#include <thread>

#include "engines/engine_set.hpp"
#include "server/assistant_file.hpp"

namespace daedap::server {
namespace {

engines::EngineSettings settings_of(const Config& config) {
  engines::EngineSettings s;
  const Config::Engines& c = config.engines;
  s.stt = c.stt;
  s.assistant_file = c.assistant;
  s.max_sessions = c.max_streams;
  s.workers.threads = c.workers ? c.workers : std::max(1U, std::thread::hardware_concurrency());
  s.espeak.helper = c.espeak_helper;
  s.espeak.helpers = c.espeak_processes;
  s.espeak.max_queued = 1024;  // a start has every operator's sentences made at once
  s.espeak.start_limit = c.start_timeout;
  if (!c.model.empty()) {
    s.pocketsphinx.model = c.model + "/en-us";
    s.pocketsphinx.dictionary = c.model + "/cmudict-en-us.dict";
  }
  s.pocketsphinx.max_streams = c.max_streams;
  s.pocketsphinx.max_decoders = c.max_decoders;
  return s;
}

class EmbeddedShardEngines final : public ShardEngines {
 public:
  explicit EmbeddedShardEngines(std::unique_ptr<engines::ShardEngines> made) : made_(std::move(made)) {}
  speech::Engines seams() override { return made_->seams(); }

 private:
  std::unique_ptr<engines::ShardEngines> made_;
};

class EmbeddedEngines final : public EngineSource {
 public:
  EmbeddedEngines(const Config& config, base::Log log) : set_(settings_of(config), std::move(log)), max_streams_(config.engines.max_streams) {}

  void start() override { set_.start(); }
  void stop() override { set_.stop(); }

  call::AiState state() const override {
    using State = call::AiState::State;
    switch (set_.readiness()) {
      case engines::EngineSet::Readiness::ready: return {State::ready, "pocketsphinx, espeak, assistant", max_streams_};
      case engines::EngineSet::Readiness::failed: return {State::failed, set_.why(), max_streams_};
      default: return {State::starting, "the engines are loading", max_streams_};
    }
  }

  std::unique_ptr<ShardEngines> make(base::Executor& home) override { return std::make_unique<EmbeddedShardEngines>(set_.for_shard(home)); }

  Transcribe transcribe() override {
    return [this](std::span<const std::int16_t> pcm, const std::vector<std::pair<std::int64_t, std::int64_t>>& pieces,
                  const std::string& language, const std::function<bool()>& unwanted) -> base::Result<std::vector<HeardPiece>> {
      std::vector<std::pair<std::size_t, std::size_t>> samples;
      for (const auto& [start, end] : pieces) samples.emplace_back(start * audio::sample_rate / 1000, end * audio::sample_rate / 1000);
      const auto segments = set_.transcribe(pcm, samples, language, unwanted);
      if (!segments) return tl::unexpected(segments.error());
      std::vector<HeardPiece> out;
      for (const auto& s : *segments)
        out.push_back({static_cast<std::int64_t>(s.start * 1000 / audio::sample_rate), static_cast<std::int64_t>(s.end * 1000 / audio::sample_rate),
                       s.text, s.confidence});
      return out;
    };
  }

  api::LiveFigures figures() const override {
    const engines::EngineFigures f = set_.figures();
    api::LiveFigures live;
    live.engine_streams = f.stt.streams;
    live.engine_queue = f.workers.queued;
    live.engine_jobs = f.workers.done;
    live.engine_refused = f.workers.refused + f.stt.refused + f.tts.refused + f.llm_refused;
    live.engine_utterances_lost = f.stt.stale;
    live.engine_audio_dropped_s = static_cast<double>(f.stt.dropped_samples) / audio::sample_rate;
    live.engine_wait_s_total = static_cast<double>(f.workers.wait_us_total) / 1e6;
    live.tts_restarts = f.tts.restarts;
    return live;
  }

 private:
  engines::EngineSet set_;
  std::size_t max_streams_;
};

}  // namespace

base::Result<std::unique_ptr<EngineSource>> make_embedded_engines(const Config& config, base::Log log) {
  if (const auto faults = assistant_faults(config); !faults.empty())
    return base::fail(base::Code::bad_syntax, "the assistant's file", faults.front().text());
  return std::make_unique<EmbeddedEngines>(config, std::move(log));
}

}  // namespace daedap::server
