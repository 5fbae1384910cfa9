#pragma once

#include "sim/scripted_llm.hpp"
#include "sim/scripted_stt.hpp"
#include "sim/scripted_tts.hpp"
#include "speech/conversation.hpp"

namespace daedap::sim {

/// The three scripted engines of one shard.
struct ScriptedEngines {
  struct Settings {
    ScriptedStt::Settings stt;
    ScriptedLlm::Settings llm;
    ScriptedTts::Settings tts;
  };
  ScriptedEngines(base::Executor& executor, const Settings& settings)
      : stt(executor, settings.stt), llm(executor, settings.llm), tts(executor, settings.tts) {}

  speech::Engines seam() { return {stt, llm, tts}; }

  ScriptedStt stt;
  ScriptedLlm llm;
  ScriptedTts tts;
};

}  // namespace daedap::sim
