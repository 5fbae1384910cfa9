#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/log.hpp"

namespace daedap::call {

/// Keeps the names of the log events, and each line as text.
struct LogLines final : base::LogSink {
  void write(base::Level, std::string_view event, std::span<const base::Field> fields) override {
    events.emplace_back(event);
    std::string line(event);
    for (const base::Field& f : fields) {
      if (const auto* text = std::get_if<std::string_view>(&f.value)) line.append(" ").append(*text);
    }
    lines.push_back(std::move(line));
  }
  auto count(const std::string& event) const { return std::count(events.begin(), events.end(), event); }

  std::vector<std::string> events, lines;
};

}  // namespace daedap::call
