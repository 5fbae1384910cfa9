#pragma once

#include <memory>
#include <string>

#include "server/engine_source.hpp"
#include "sim/scripted_llm.hpp"
#include "sim/scripted_stt.hpp"
#include "sim/scripted_tts.hpp"

namespace daedap::server {

/// Engines that need no model and whose times are stated: for whole-server tests and benchmarks.
struct ScriptedShard final : ShardEngines {
  explicit ScriptedShard(base::Executor& home)
      : stt(home, {.script = [](int, int) { return sim::Recognised{.text = "영업 시간이 어떻게 되나요", .partials = {{base::Millis{400}, "영업 시간이"}}}; },
                   .final_delay = base::Millis{50}}),
        llm(home, {.first_token = base::Millis{60}, .token = base::Millis{5}, .rules = {rule()}, .opening = {}}),
        tts(home, {.first_audio = base::Millis{30}}) {}
  static sim::Rule rule() { return {.contains = {}, .answer = "평일 오전 아홉 시부터 오후 여섯 시까지입니다.", .intent = "opening_hours", .action = {}}; }
  speech::Engines seams() override { return {stt, llm, tts}; }
  sim::ScriptedStt stt;
  sim::ScriptedLlm llm;
  sim::ScriptedTts tts;
};

struct ScriptedSource final : EngineSource {
  explicit ScriptedSource(call::AiState s = {call::AiState::State::ready, "scripted", 5000}) : told(std::move(s)) {}
  void start() override {}
  void stop() override {}
  call::AiState state() const override { return told; }
  std::unique_ptr<ShardEngines> make(base::Executor& home) override { return std::make_unique<ScriptedShard>(home); }
  Transcribe transcribe() override { return {}; }
  api::LiveFigures figures() const override { return {}; }
  const call::AiState told;
};

}  // namespace daedap::server
