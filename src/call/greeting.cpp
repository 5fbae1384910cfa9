#include "call/greeting.hpp"

#include <array>

namespace daedap::call {
namespace {

constexpr std::string_view placeholder = "{operator}";

std::string fill(std::string text, const std::string& name) {
  for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at + name.size()))
    text.replace(at, placeholder.size(), name);
  return text;
}

/// Makes the message a sentence, so that the text-to-speech engine pauses after it.
std::string as_sentence(std::string text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  text.resize(last == std::string::npos ? 0 : last + 1);
  if (text.empty()) return text;
  for (const std::string_view end : {".", "!", "?", "。", "…"})
    if (text.ends_with(end)) return text;
  return text + ".";
}

}  // namespace

std::string greeting_for(const Operator& callee, const Settings& settings) {
  const std::string& configured = callee.language == "en" ? settings.greeting_en : settings.greeting_ko;
  const std::string& name = callee.name.empty() ? callee.id : callee.name;
  std::string text = fill(callee.greeting.empty() ? configured : callee.greeting, name);
  const std::string away = callee.status == OperatorStatus::away ? as_sentence(fill(callee.away_message, name)) : "";
  if (!away.empty()) text = as_sentence(std::move(text)) + " " + away;
  return text;
}

std::string_view transfer_refusal(std::string_view language) {
  return language == "ko" ? "지금은 연결해 드릴 수 없습니다. 메시지를 남겨 주시면 연락드리겠습니다."
                          : "I cannot connect you right now. Please leave a message and you will be called back.";
}

std::string queue_position(std::size_t position, std::string_view language) {
  static constexpr std::array<std::string_view, last_position_said> korean{"첫", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"};
  const bool said = position >= 1 && position <= last_position_said;
  if (language == "ko") {
    if (!said) return "지금은 기다리시는 분이 많습니다. 잠시만 기다려 주세요.";
    return "고객님은 " + std::string(korean[position - 1]) + " 번째로 기다리고 계십니다. 잠시만 기다려 주세요.";
  }
  if (!said) return "Many callers are waiting at the moment. Please hold the line.";
  return "You are number " + std::to_string(position) + " in the line. Please hold.";
}

speech::Settings conversation_for(const Operator& callee, const Settings& settings, const std::string& call_id) {
  speech::Settings s = settings.conversation;
  s.call_id = call_id;
  s.language = callee.language;
  if (!callee.voice.empty()) s.voice = callee.voice;
  s.operator_name = callee.name.empty() ? callee.id : callee.name;
  s.greeting = greeting_for(callee, settings);
  s.debug = settings.debug_calls;
  return s;
}

}  // namespace daedap::call
