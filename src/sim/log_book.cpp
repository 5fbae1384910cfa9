#include "sim/log_book.hpp"

#include <algorithm>

namespace daedap::sim {
namespace {

std::string text_of(const base::Field& field) {
  return std::visit(
      [](const auto& value) -> std::string {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string_view>) return std::string(value);
        else if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
        else return std::to_string(value);
      },
      field.value);
}

}  // namespace

void LogBook::write(base::Level level, std::string_view event, std::span<const base::Field> fields) {
  Line line{world_.now(), level, std::string(event), {}};
  for (const base::Field& field : fields) line.fields.emplace(field.key, text_of(field));
  lines_.push_back(std::move(line));
}

const LogBook::Line* LogBook::find(std::string_view event) const {
  const auto it = std::ranges::find(lines_, event, &Line::event);
  return it == lines_.end() ? nullptr : &*it;
}

int LogBook::count(std::string_view event) const {
  return static_cast<int>(std::ranges::count(lines_, event, &Line::event));
}

std::string text_of(const LogBook& book) {
  std::string out;
  for (const auto& line : book.lines()) {
    out += std::to_string(base::to_ms(line.at.time_since_epoch())) + " " + line.event;
    for (const auto& [key, value] : line.fields) out += " " + key + "=" + value;
    out += '\n';
  }
  return out;
}

}  // namespace daedap::sim
