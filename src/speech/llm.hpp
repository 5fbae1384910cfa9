#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace daedap::speech {

/// One entry of the conversation as the model is shown it. An assistant entry holds what the caller
/// really heard, not what was planned.
struct HistoryEntry {
  enum class Role { user, assistant };
  Role role;
  std::string text;
};

/// A piece of the answer's text.
struct LlmToken {
  std::string text;
};

/// Something to be done besides speaking, in the order of the text around it.
struct LlmAction {
  enum class Kind { hang_up, transfer, take_message, repeat };
  Kind kind;
  std::map<std::string, std::string> arguments;
  bool operator==(const LlmAction&) const = default;
};

struct LlmDone {
  std::string intent;   // what the user was understood to want; empty = not known
  std::string grammar;  // what the recogniser should expect next (`SttStream::expect`)
};
struct LlmFailed {
  base::Error error;
};

using LlmEvent = std::variant<LlmToken, LlmAction, LlmDone, LlmFailed>;
using LlmSink = std::function<void(LlmEvent)>;

/// What the caller did.
struct LlmInput {
  enum class Kind { speech, digits, unclear, silence };
  Kind kind = Kind::speech;
  std::string text;         // the words or the digits
  double confidence = 1.0;  // of the recogniser
  bool ahead = false;       // the caller may go on: nothing of the dialogue changes before `LlmSession::keep`
};

struct LlmParams {
  std::string call_id;
  std::string language = "ko";
  std::string operator_name;
  bool speech_understood = true;  // false: no recogniser for this language, offer keys
};

/// One answer being made. Destroying it cancels; the sink is never called afterwards, and never from
/// inside `ask`. Ends with exactly one LlmDone or LlmFailed.
class LlmReply {
 public:
  virtual ~LlmReply() = default;
};

/// One call's side of a language model: instructions and dialogue state.
class LlmSession {
 public:
  virtual ~LlmSession() = default;
  /// errors  engine_full, engine_failed
  virtual base::Result<std::unique_ptr<LlmReply>> ask(const LlmInput& input,
                                                      const std::vector<HistoryEntry>& history,
                                                      LlmSink sink) = 0;
  /// The input that was asked `ahead` last has become `meant`, which has the same words: what follows from it
  /// holds from now on. False: its answer does not fit (any more), ask again.
  virtual bool keep(const LlmInput& /*meant*/) { return true; }
  /// What follows the greeting ("press 1 for ..."), and the grammar it expects; may be empty.
  virtual std::string opening() const = 0;
  virtual std::string opening_grammar() const = 0;
};

/// A language model as one shard sees it.
/// thread  the shard; sinks are called on the shard
class Llm {
 public:
  virtual ~Llm() = default;
  /// errors  engine_not_ready, engine_full, engine_failed
  virtual base::Result<std::unique_ptr<LlmSession>> open(const LlmParams& params) = 0;
};

}  // namespace daedap::speech
