#include "engines/assistant/assistant.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "base/alive.hpp"
#include "engines/assistant/dialogue.hpp"
#include "engines/home_sink.hpp"

namespace daedap::engines::assistant {
namespace {

/// "Two words" -> "Two", " words"
std::deque<speech::LlmEvent> events_of(Answer answer) {
  std::deque<speech::LlmEvent> out;
  for (std::size_t at = 0; at < answer.text.size();) {
    const auto space = answer.text.find(' ', at + 1);
    const auto end = std::min(space, answer.text.size());
    out.push_back(speech::LlmToken{answer.text.substr(at, end - at)});
    at = end;
  }
  if (answer.action) out.push_back(std::move(*answer.action));
  out.push_back(speech::LlmDone{std::move(answer.intent), std::move(answer.grammar)});
  return out;
}

/// An answer on its way, word by word; one posted task each, so that a shard's other work is not
/// held up and a cut answer ends at once.
class ScriptedReply final : public speech::LlmReply {
 public:
  ScriptedReply(base::Executor& home, std::deque<speech::LlmEvent> events, speech::LlmSink sink)
      : home_(home), events_(std::move(events)), sink_(home, std::move(sink)) {
    post_next();
  }

 private:
  void post_next() {
    home_.post([this, token = alive_.token()] {
      if (token) deliver_next();
    });
  }
  // @path reply-out 1/8
  /// The next word (or action) of the answer, to the reply being spoken. The sink may destroy us.
  void deliver_next() {
    auto event = std::move(events_.front());
    events_.pop_front();
    if (!events_.empty()) post_next();
    sink_.deliver(std::move(event));
  }

  base::Executor& home_;
  std::deque<speech::LlmEvent> events_;
  HomeSink<speech::LlmEvent> sink_;
  base::Alive alive_;
};

class ScriptedSession final : public speech::LlmSession {
 public:
  ScriptedSession(const Script& script, Admission::Ticket ticket, base::Executor& home,
                  const speech::LlmParams& params)
      : ticket_(std::move(ticket)), home_(home), dialogue_(std::make_unique<Dialogue>(script, params)) {}

  base::Result<std::unique_ptr<speech::LlmReply>> ask(const speech::LlmInput& input,
                                                      const std::vector<speech::HistoryEntry>&,
                                                      speech::LlmSink sink) override {
    return std::make_unique<ScriptedReply>(home_, events_of(answer(input)), std::move(sink));
  }
  bool keep(const speech::LlmInput& meant) override {
    const auto ahead = std::exchange(ahead_, std::nullopt);
    auto next = std::make_unique<Dialogue>(*dialogue_);
    if (!ahead || next->on_input(meant) != *ahead) return false;
    dialogue_ = std::move(next);
    return true;
  }
  std::string opening() const override { return dialogue_->opening(); }
  std::string opening_grammar() const override { return dialogue_->grammar(); }

 private:
  Answer answer(const speech::LlmInput& input) {
    ahead_.reset();
    if (!input.ahead) return dialogue_->on_input(input);
    ahead_ = Dialogue(*dialogue_).on_input(input);
    return *ahead_;
  }

  Admission::Ticket ticket_;
  base::Executor& home_;
  std::unique_ptr<Dialogue> dialogue_;
  std::optional<Answer> ahead_;  // to what the caller may not have finished
};

}  // namespace

base::Result<std::unique_ptr<speech::LlmSession>> Assistant::open(const speech::LlmParams& params) {
  if (std::ranges::find(script_.languages, params.language) == script_.languages.end()) {
    return base::fail(base::Code::unsupported, "language of the assistant", params.language);
  }
  auto ticket = admission_.admit();
  if (!ticket) return base::fail(base::Code::engine_full, "too many calls with the assistant");
  return std::make_unique<ScriptedSession>(script_, std::move(*ticket), home_, params);
}

}  // namespace daedap::engines::assistant
