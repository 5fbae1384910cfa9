#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "base/result.hpp"

namespace daedap::server {

/// Structured log: one JSON object a line in `<state>/logs/app.log`, rotated at 20 MB, five kept.
/// Written by a thread of its own; when that falls behind, the oldest lines go and are counted.
/// thread  any
class LogFile final : public base::LogSink {
 public:
  static base::Result<std::unique_ptr<LogFile>> open(const std::string& folder, base::Level least);
  /// Waits until all that was written lies in the file.
  ~LogFile() override;

  void write(base::Level level, std::string_view event, std::span<const base::Field> fields) override;
  /// SIGHUP may change it.
  void set_level(base::Level least) { least_ = least; }

 private:
  struct Impl;
  explicit LogFile(std::unique_ptr<Impl> impl, base::Level least);
  std::unique_ptr<Impl> impl_;
  std::atomic<base::Level> least_;
};

/// The time now as RFC 3339 with milliseconds, UTC: "2026-01-29T12:00:00.000Z".
std::string wall_text();

}  // namespace daedap::server
