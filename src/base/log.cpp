#include "base/log.hpp"

#include <vector>

#include "base/utf8.hpp"

namespace daedap::base {

const char* name(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warn: return "warn";
    case Level::error: return "error";
  }
  return "unknown";
}

Log Log::for_call(std::string call_id) const {
  Log log = *this;
  log.call_id_ = std::move(call_id);
  return log;
}

void Log::write(Level level, std::string_view event, std::initializer_list<Field> fields) const {
  if (call_id_.empty()) return sink_->write(level, event, {fields.begin(), fields.size()});
  std::vector<Field> all;
  all.reserve(fields.size() + 1);
  all.emplace_back("call_id", call_id_);
  all.insert(all.end(), fields.begin(), fields.end());
  sink_->write(level, event, all);
}

std::string mask_number(std::string_view number) {
  if (number.size() <= 4) return std::string(number);
  if (number.size() <= 9) return std::string(number.size() - 4, '*') + std::string(number.substr(number.size() - 4));
  return std::string(number.substr(0, 5)) + std::string(number.size() - 9, '*') + std::string(number.substr(number.size() - 4));
}

std::string mask_text(std::string_view text, bool debug_call) {
  return debug_call ? std::string(text) : std::to_string(utf8_length(text)) + " chars";
}

}  // namespace daedap::base
