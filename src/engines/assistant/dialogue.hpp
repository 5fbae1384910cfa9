#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engines/assistant/matcher.hpp"
#include "engines/assistant/script.hpp"
#include "speech/llm.hpp"

namespace daedap::engines::assistant {

/// What the assistant says and does next.
struct Answer {
  std::string text;
  std::optional<speech::LlmAction> action;  // after the text
  std::string intent;
  std::string grammar;
  bool operator==(const Answer&) const = default;
};

/// One call's way through a script: what was understood, what was asked, how often it went wrong.
/// Pure: no clock, no thread, no executor.
class Dialogue {
 public:
  /// `script` outlives the dialogue.
  Dialogue(const Script& script, speech::LlmParams params);

  Answer on_input(const speech::LlmInput& input);
  /// What follows the greeting.
  std::string opening() const { return prompt_of(*state_); }
  const std::string& grammar() const { return state_->id; }

 private:
  Answer on_speech(const speech::LlmInput& input);
  Answer on_digits(const std::string& keys);
  Answer on_unclear();
  Answer on_spoken_without_recogniser();
  Answer on_silence();
  Answer on_key(char key);
  Answer collect(const std::string& digits);
  Answer confirm_first(const Intent& intent);
  Answer on_confirmation(const std::string& intent);
  Answer carry_out(const std::string& id);
  Answer repeat(const Intent& intent);

  Match understood(const std::string& text) const;
  const Intent& meant(const Intent& heard) const;
  Answer reply(std::string text, const std::string& intent);
  std::string prompt_of(const State& state) const;
  std::string fixed(const char* name) const;
  std::string filled(const std::string& text) const;
  std::string value_of(const std::string& slot) const;
  void enter(const std::string& state);

  // given
  const Script& script_;
  const speech::LlmParams params_;
  // state
  const State* state_;
  const State* before_;              // where a question for confirmation came from
  const Intent* pending_ = nullptr;  // what is to be confirmed
  std::map<std::string, std::string> collected_;
  std::string keyed_;  // digits so far
  std::string last_;   // what was said last
  unsigned misunderstood_ = 0;
};

}  // namespace daedap::engines::assistant
