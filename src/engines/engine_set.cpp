#include "engines/engine_set.hpp"

#include <fmt/format.h>

#include "engines/assistant/assistant.hpp"
#include "engines/assistant/loader.hpp"
#include "engines/espeak/tts.hpp"
#include "engines/pocketsphinx/stt.hpp"
#include "engines/shard_engines.hpp"

namespace daedap::engines {
namespace {

bool has_recogniser(const EngineSettings& settings) { return settings.stt == "pocketsphinx"; }

}  // namespace

std::vector<std::string> check(const EngineSettings& settings) {
  std::vector<std::string> out;
  if (settings.stt != "pocketsphinx" && settings.stt != "none") {
    out.push_back("stt: must be pocketsphinx or none, not " + settings.stt);
  }
  if (settings.tts != "espeak") out.push_back("tts: must be espeak, not " + settings.tts);
  if (settings.llm != "assistant") out.push_back("llm: must be assistant, not " + settings.llm);
  return out;
}

base::Result<std::filesystem::path> find_packaged(const std::string& file) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* way : {"../share", "../../share", "../../../share", "../share/daedap"}) {
    auto path = self / way / file;
    if (std::filesystem::exists(path, error)) return path.lexically_normal();
  }
  const auto here = std::filesystem::path("share") / file;
  if (std::filesystem::exists(here, error)) return here;
  return base::fail(base::Code::not_found, "a packaged file is missing", "share/" + file);
}

base::Result<std::filesystem::path> find_assistant() { return find_packaged("assistants/default.yaml"); }

EngineSet::EngineSet(EngineSettings settings, base::Log log)
    : settings_(std::move(settings)),
      log_(log),
      workers_(settings_.workers),
      sessions_(settings_.max_sessions),
      recogniser_(settings_.pocketsphinx, workers_, [this](const auto& figures) { tell_behind(figures); }),
      pool_(settings_.espeak, log) {}

EngineSet::~EngineSet() { stop(); }

void EngineSet::start() {
  if (starter_.joinable()) return;
  starter_ = std::thread([this] { finish(load()); });
}

void EngineSet::stop() {
  if (starter_.joinable()) starter_.join();
  pool_.stop();
  workers_.stop();
}

base::Result<void> EngineSet::load() {
  const auto wrong = check(settings_);
  if (!wrong.empty()) return base::fail(base::Code::unsupported, "engines", wrong.front());
  if (auto ok = load_script(); !ok) return ok;
  if (has_recogniser(settings_)) {
    if (auto ok = recogniser_.start(assistant::grammars_of(*script_, "en")); !ok) return ok;
  }
  return pool_.start();
}

void EngineSet::tell_behind(const pocketsphinx::RecogniserFigures& figures) {
  log_.warn("recogniser_behind", {{"utterances_lost", figures.stale},
                                  {"streams", figures.streams},
                                  {"queued", workers_.figures().queued}});
}

base::Result<void> EngineSet::load_script() {
  auto file = settings_.assistant_file;
  if (file.empty()) {
    auto found = find_assistant();
    if (!found) return tl::unexpected(found.error());
    file = std::move(*found);
  }
  auto script = assistant::load_script(file);
  if (script) {
    script_ = std::move(*script);
    script_loaded_ = true;
    return {};
  }
  std::string all;
  for (const auto& error : script.error()) {
    all += (all.empty() ? "" : "\n") + file.string() + ": " + error.message();
  }
  return base::fail(base::Code::bad_syntax, "the assistant's script", std::move(all));
}

void EngineSet::finish(const base::Result<void>& result) {
  if (!result) {
    std::lock_guard lock(mutex_);
    why_ = result.error().message();
  }
  if (result) {
    log_.info("engines_ready", {{"stt", settings_.stt}, {"tts", settings_.tts}, {"llm", settings_.llm}});
    if (has_recogniser(settings_)) {
      log_.info("stt_limits", {{"languages", "en"}, {"understands", "the assistant's phrases only"}});
    }
  } else {
    log_.error("engines_failed", {{"why", result.error().message()}});
  }
  readiness_ = result ? Readiness::ready : Readiness::failed;
}

std::string EngineSet::why() const {
  std::lock_guard lock(mutex_);
  return why_;
}

std::unique_ptr<ShardEngines> EngineSet::for_shard(base::Executor& home) {
  auto out = std::make_unique<ShardEngines>();
  if (has_recogniser(settings_)) {
    out->stt = std::make_unique<pocketsphinx::PocketSphinxStt>(recogniser_, home);
  } else {
    out->stt = std::make_unique<NoStt>();
  }
  out->tts = std::make_unique<espeak::EspeakTts>(pool_, settings_.espeak, home);
  out->llm = std::make_unique<LateLlm>([this, &home]() -> std::unique_ptr<speech::Llm> {
    if (!script_loaded_) return nullptr;
    return std::make_unique<assistant::Assistant>(*script_, sessions_, home);
  });
  return out;
}

bool EngineSet::understands(const std::string& language) const {
  return has_recogniser(settings_) && language == "en";
}

base::Result<std::vector<pocketsphinx::Segment>> EngineSet::transcribe(
    std::span<const std::int16_t> pcm, std::span<const std::pair<std::size_t, std::size_t>> pieces,
    const std::string& language, const pocketsphinx::Decoder::Unwanted& unwanted) const {
  if (!understands(language)) {
    return base::fail(base::Code::unsupported, "language of the recogniser", language);
  }
  return recogniser_.transcribe(pcm, pieces, everything, unwanted);
}

EngineFigures EngineSet::figures() const {
  return {.workers = workers_.figures(),
          .tts = pool_.figures(),
          .stt = recogniser_.figures(),
          .llm_sessions = sessions_.in_use(),
          .llm_refused = sessions_.refused()};
}

const assistant::Script* EngineSet::script() const {
  return script_loaded_ ? &*script_ : nullptr;
}

}  // namespace daedap::engines
