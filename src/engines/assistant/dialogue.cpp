#include "engines/assistant/dialogue.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daedap::engines::assistant {
namespace {

using speech::LlmInput;
using Kind = speech::LlmAction::Kind;

constexpr double sure_match = 0.75;
constexpr std::size_t max_digits = 32;

std::string join(std::string a, const std::string& b) {
  if (!a.empty() && !b.empty()) a += ' ';
  return a += b;
}

}  // namespace

Dialogue::Dialogue(const Script& script, speech::LlmParams params)
    : script_(script),
      params_(std::move(params)),
      state_(&script.states.at("main")),
      before_(state_) {}

Answer Dialogue::on_input(const LlmInput& input) {
  switch (input.kind) {
    case LlmInput::Kind::digits: return on_digits(input.text);
    case LlmInput::Kind::silence: return on_silence();
    case LlmInput::Kind::unclear: return on_unclear();
    case LlmInput::Kind::speech: break;
  }
  return on_speech(input);
}

Answer Dialogue::on_speech(const LlmInput& input) {
  if (!params_.speech_understood || input.confidence < script_.unsure) return on_unclear();
  if (state_->digits) {
    const auto digits = digits_in(input.text, params_.language);
    if (!digits.empty()) return collect(digits);
  }
  const Match match = understood(input.text);
  if (match.intent == nullptr) return on_unclear();
  if (pending_ != nullptr) return on_confirmation(match.intent->id);
  const Intent& intent = meant(*match.intent);
  const bool sure = input.confidence >= script_.sure && match.score >= sure_match;
  if (!sure && !intent.what.empty()) return confirm_first(intent);
  return carry_out(intent.id);
}

/// What the state expects goes first; from anywhere the main things can be asked for too.
Match Dialogue::understood(const std::string& text) const {
  const auto among = [&](const State& state) {
    std::vector<const Intent*> intents;
    for (const auto& id : state.expects) intents.push_back(&script_.intents.at(id));
    return best_match(intents, text, params_.language);
  };
  const Match here = among(*state_);
  const Match main = among(script_.states.at("main"));
  return main.score > here.score ? main : here;
}

const Intent& Dialogue::meant(const Intent& heard) const {
  const auto found = state_->on.find(heard.id);
  return found == state_->on.end() ? heard : script_.intents.at(found->second);
}

Answer Dialogue::confirm_first(const Intent& intent) {
  before_ = state_;
  pending_ = &intent;
  enter("confirm");
  return reply(fixed("confirm"), {});
}

Answer Dialogue::on_confirmation(const std::string& id) {
  const Intent* asked = std::exchange(pending_, nullptr);
  state_ = before_;
  if (id == "yes") return carry_out(asked->id);
  if (id == "no") return on_unclear();
  if (script_.intents.at(id).action == Kind::repeat) {
    const Intent& again = script_.intents.at(id);
    pending_ = asked;
    enter("confirm");
    return repeat(again);
  }
  return carry_out(meant(script_.intents.at(id)).id);
}

Answer Dialogue::on_digits(const std::string& keys) {
  Answer last = reply({}, {});
  for (const char key : keys.substr(0, max_digits)) {
    const bool digit = key >= '0' && key <= '9';
    if (state_->digits && pending_ == nullptr && (digit || key == '#')) {
      last = digit ? collect({key}) : reply(fixed("digits_missing"), {});
      if (!digit) keyed_.clear();
    } else {
      last = on_key(key);
    }
    if (last.action && last.action->kind != Kind::repeat) break;  // the rest belongs to the action
  }
  return last;
}

Answer Dialogue::on_key(char key) {
  auto found = state_->keys.find(key);
  if (found == state_->keys.end()) {
    const auto& main = script_.states.at("main").keys;
    found = pending_ == nullptr ? main.find(key) : main.end();
    if (found == main.end()) return reply(join(fixed("wrong_key"), prompt_of(*state_)), {});
  }
  misunderstood_ = 0;
  if (pending_ != nullptr) return on_confirmation(found->second);
  return carry_out(meant(script_.intents.at(found->second)).id);
}

Answer Dialogue::collect(const std::string& digits) {
  const DigitSlot slot = *state_->digits;
  keyed_ += digits;
  if (keyed_.size() < slot.count) {
    // Keys come one by one: say each back and wait for the rest. Spoken digits come all at once.
    if (digits.size() == 1) {
      return {.text = digits + ".", .action = {}, .intent = {}, .grammar = state_->id};
    }
    keyed_.clear();
    return reply(fixed("digits_missing"), {});
  }
  collected_[slot.slot] = keyed_.substr(0, slot.count);
  keyed_.clear();
  return carry_out(slot.then);
}

Answer Dialogue::on_unclear() {
  if (!params_.speech_understood) return on_spoken_without_recogniser();
  ++misunderstood_;
  pending_ = nullptr;
  if (state_->id == "confirm") state_ = before_;
  if (misunderstood_ < script_.max_misunderstandings) {
    return reply(join(fixed("not_understood"), prompt_of(*state_)), {});
  }
  misunderstood_ = 0;
  const auto why = fixed("give_up");
  auto answer = carry_out(script_.give_up);
  answer.text = last_ = join(why, answer.text);
  return answer;
}

/// Said once; then the menu; then, as after misunderstandings, the way out.
Answer Dialogue::on_spoken_without_recogniser() {
  ++misunderstood_;
  if (misunderstood_ == 1) return reply(fixed("no_speech"), {});
  if (misunderstood_ <= script_.max_misunderstandings) return reply(prompt_of(*state_), {});
  misunderstood_ = 0;
  return carry_out(script_.give_up);
}

Answer Dialogue::on_silence() {
  return reply(join(fixed("silence"), prompt_of(*state_)), {});
}

Answer Dialogue::carry_out(const std::string& id) {
  const Intent& intent = script_.intents.at(id);
  if (intent.action == Kind::repeat) return repeat(intent);
  misunderstood_ = params_.speech_understood ? 0 : misunderstood_;
  keyed_.clear();
  std::string text = filled(in_language(intent.answer, params_.language));
  if (!intent.next.empty()) enter(intent.next);
  const bool leaves = intent.action == Kind::hang_up || intent.action == Kind::transfer ||
                      intent.action == Kind::take_message;
  if (!leaves) text = join(text, prompt_of(*state_));
  auto answer = reply(std::move(text), id);
  if (!intent.action) return answer;
  answer.action = speech::LlmAction{*intent.action, {}};
  for (const auto& [name, value] : intent.arguments) {
    answer.action->arguments[name] = filled(value);
  }
  for (const auto& [slot, value] : collected_) answer.action->arguments.emplace(slot, value);
  return answer;
}

/// Says the last words again. They are here, so the action needs nobody else.
Answer Dialogue::repeat(const Intent& intent) {
  const auto again = last_.empty() ? prompt_of(*state_) : last_;
  const auto lead = filled(in_language(intent.answer, params_.language));
  Answer answer = reply(again, intent.id);
  answer.text = join(lead, again);
  return answer;
}

Answer Dialogue::reply(std::string text, const std::string& intent) {
  if (!text.empty()) last_ = text;
  return {.text = std::move(text), .action = {}, .intent = intent, .grammar = state_->id};
}

std::string Dialogue::prompt_of(const State& state) const {
  return filled(in_language(params_.speech_understood ? state.prompt : state.menu,
                            params_.language));
}

std::string Dialogue::fixed(const char* name) const {
  return filled(in_language(script_.texts.at(name), params_.language));
}

std::string Dialogue::filled(const std::string& text) const {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto open = text.find('{', at);
    const auto close = open == text.npos ? text.npos : text.find('}', open);
    if (close == text.npos) return out + text.substr(at);
    out += text.substr(at, open - at);
    out += value_of(text.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  return out;
}

std::string Dialogue::value_of(const std::string& slot) const {
  if (slot == "operator") return params_.operator_name;
  if (slot == "what") return pending_ ? in_language(pending_->what, params_.language) : "";
  if (slot == "count") return state_->digits ? fmt::format("{}", state_->digits->count) : "";
  if (const auto said = collected_.find(slot); said != collected_.end()) return said->second;
  const auto fixed = script_.slots.find(slot);
  return fixed == script_.slots.end() ? "" : in_language(fixed->second, params_.language);
}

void Dialogue::enter(const std::string& state) {
  state_ = &script_.states.at(state);
  keyed_.clear();
}

}  // namespace daedap::engines::assistant
