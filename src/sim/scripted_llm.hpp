#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/faults.hpp"
#include "speech/llm.hpp"

namespace daedap::sim {

/// Answer to input that holds `contains` (empty = any), the first that fits wins.
struct Rule {
  std::string contains;
  std::string answer;
  std::string intent;
  std::optional<speech::LlmAction::Kind> action;  // after the answer
};

/// A language model of rules that streams its words with stated delays; without a fitting rule it
/// says back what it heard.
/// thread  the one of its executor
class ScriptedLlm final : public speech::Llm {
 public:
  struct Settings {
    base::Millis first_token{200};
    base::Millis token{20};
    std::vector<Rule> rules;
    std::string opening;
    Faults faults;
  };
  /// One question as the model saw it.
  struct Asked {
    speech::LlmInput input;
    std::vector<speech::HistoryEntry> history;
  };
  ScriptedLlm(base::Executor& executor, Settings settings) : executor_(executor), settings_(std::move(settings)) {}

  base::Result<std::unique_ptr<speech::LlmSession>> open(const speech::LlmParams& params) override;

  /// Changes take effect with the next request.
  Settings& settings() { return settings_; }
  /// The first thousand questions.
  const std::vector<Asked>& asked() const { return asked_; }

 private:
  class Session;
  class Reply;
  base::Executor& executor_;
  Settings settings_;
  std::vector<Asked> asked_;
  int requests_ = 0;
};

}  // namespace daedap::sim
