#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace daedap::base {

/// error = a caller suffered; warn = a peer broke a rule or we degraded; info = a state changed.
enum class Level { debug, info, warn, error };
const char* name(Level level);

/// One key and value of a log line. Values are copied out before the call returns.
struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  template <std::integral T>
  Field(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
};

/// Where structured log lines go. Real: `server::LogFile`; tests keep them in a vector.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(Level level, std::string_view event, std::span<const Field> fields) = 0;
};

/// The logger that objects carry: a sink plus fields that every line of theirs bears (call, leg).
class Log {
 public:
  explicit Log(LogSink& sink) : sink_(&sink) {}
  void info(std::string_view event, std::initializer_list<Field> fields = {}) const { write(Level::info, event, fields); }
  void warn(std::string_view event, std::initializer_list<Field> fields = {}) const { write(Level::warn, event, fields); }
  void error(std::string_view event, std::initializer_list<Field> fields = {}) const { write(Level::error, event, fields); }
  void debug(std::string_view event, std::initializer_list<Field> fields = {}) const { write(Level::debug, event, fields); }
  /// The same logger with `call_id` (empty = none) on each line.
  Log for_call(std::string call_id) const;

 private:
  void write(Level level, std::string_view event, std::initializer_list<Field> fields) const;
  LogSink* sink_;
  std::string call_id_;
};

/// "+821012345678" -> "+8210****5678": keeps the first five and the last four characters.
std::string mask_number(std::string_view number);
/// Spoken text for a log line: its length only ("12 chars"), unless `debug_call` is set.
std::string mask_text(std::string_view text, bool debug_call);

}  // namespace daedap::base
