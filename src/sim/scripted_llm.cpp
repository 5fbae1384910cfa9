#include "sim/scripted_llm.hpp"

namespace daedap::sim {
namespace {

constexpr std::size_t most_asked = 1000;

/// Words with the white space behind them.
std::vector<std::string> tokens_of(const std::string& text) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const auto space = text.find(' ', at);
    const std::size_t end = space == std::string::npos ? text.size() : space + 1;
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

Rule rule_for(const std::vector<Rule>& rules, const speech::LlmInput& input, const std::string& language) {
  for (const Rule& rule : rules)
    if (input.text.find(rule.contains) != std::string::npos) return rule;
  const bool korean = language == "ko";
  if (input.text.empty()) return {.answer = korean ? "다시 말씀해 주시겠어요?" : "Could you say that again?"};
  return {.answer = korean ? input.text + ", 라고 하셨습니다." : "You said " + input.text + ".", .intent = "echo"};
}

}  // namespace

class ScriptedLlm::Reply final : public speech::LlmReply {
 public:
  Reply(base::Executor& executor, Rule rule, base::Duration pace, speech::LlmSink sink)
      : rule_(std::move(rule)), tokens_(tokens_of(rule_.answer)), pace_(pace), sink_(std::move(sink)), later_(executor) {}

  void begin(base::Duration delay) {
    later_.after(delay, [this] { emit(); });
  }
  void fail(base::Duration delay) {
    later_.after(delay, [this] { tell(speech::LlmFailed{engine_died()}); });
  }

 private:
  void emit() {
    if (next_ < tokens_.size()) {
      const std::string text = tokens_[next_++];
      later_.after(pace_, [this] { emit(); });
      return tell(speech::LlmToken{text});
    }
    if (rule_.action) {
      const speech::LlmAction action{.kind = *rule_.action};
      rule_.action.reset();
      later_.after({}, [this] { emit(); });
      return tell(action);
    }
    tell(speech::LlmDone{.intent = rule_.intent});
  }
  /// The sink may destroy this reply, so it is called by a copy and last.
  void tell(speech::LlmEvent event) {
    const speech::LlmSink sink = sink_;
    sink(std::move(event));
  }

  Rule rule_;
  std::vector<std::string> tokens_;
  std::size_t next_ = 0;
  base::Duration pace_;
  speech::LlmSink sink_;
  Later later_;
};

class ScriptedLlm::Session final : public speech::LlmSession {
 public:
  Session(ScriptedLlm& engine, std::string language) : engine_(engine), language_(std::move(language)) {}

  base::Result<std::unique_ptr<speech::LlmReply>> ask(const speech::LlmInput& input,
                                                      const std::vector<speech::HistoryEntry>& history,
                                                      speech::LlmSink sink) override {
    const Settings& settings = engine_.settings_;
    const int number = ++engine_.requests_;
    if (engine_.asked_.size() < most_asked) engine_.asked_.push_back({input, history});
    if (settings.faults.refused.contains(number)) return tl::unexpected(engine_died());
    auto reply = std::make_unique<Reply>(engine_.executor_, rule_for(settings.rules, input, language_), settings.token,
                                         std::move(sink));
    const base::Duration delay = settings.first_token + settings.faults.delay(number);
    if (settings.faults.silent(number)) return reply;
    if (settings.faults.failing.contains(number))
      reply->fail(delay);
    else
      reply->begin(delay);
    return reply;
  }
  std::string opening() const override { return engine_.settings_.opening; }
  std::string opening_grammar() const override { return {}; }

 private:
  ScriptedLlm& engine_;
  std::string language_;
};

base::Result<std::unique_ptr<speech::LlmSession>> ScriptedLlm::open(const speech::LlmParams& params) {
  if (settings_.faults.full) return tl::unexpected(engine_is_full());
  return std::make_unique<Session>(*this, params.language);
}

}  // namespace daedap::sim
