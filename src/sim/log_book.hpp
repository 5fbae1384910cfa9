#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "sim/clock.hpp"

namespace daedap::sim {

/// Keeps log lines for a story to look at.
class LogBook final : public base::LogSink {
 public:
  struct Line {
    base::Time at;
    base::Level level;
    std::string event;
    std::map<std::string, std::string> fields;  // values as text
  };
  explicit LogBook(World& world) : world_(world) {}
  void write(base::Level level, std::string_view event, std::span<const base::Field> fields) override;

  const std::vector<Line>& lines() const { return lines_; }
  /// First line of that event, nullptr when there is none.
  const Line* find(std::string_view event) const;
  int count(std::string_view event) const;

 private:
  World& world_;
  std::vector<Line> lines_;
};

/// "event key=value ..." lines, for a failing test's output.
std::string text_of(const LogBook& book);

}  // namespace daedap::sim
