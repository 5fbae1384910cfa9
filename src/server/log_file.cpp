#include "server/log_file.hpp"

#include <fmt/chrono.h>
#include <spdlog/async.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace daedap::server {
namespace {

constexpr std::size_t rotate_at = 20 << 20;
constexpr std::size_t files_kept = 5;
constexpr std::size_t queue_lines = 8192;
constexpr std::size_t longest_text = 2000;

nlohmann::ordered_json value_of(const base::Field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value))
    return base::valid_utf8(base::utf8_prefix(*text, longest_text));
  if (const auto* n = std::get_if<std::int64_t>(&field.value)) return *n;
  if (const auto* d = std::get_if<double>(&field.value)) return *d;
  return std::get<bool>(field.value);
}

}  // namespace

struct LogFile::Impl {
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::sinks::rotating_file_sink_mt> sink;
  std::shared_ptr<spdlog::async_logger> logger;
};

base::Result<std::unique_ptr<LogFile>> LogFile::open(const std::string& folder, base::Level least) {
  try {
    std::filesystem::create_directories(folder);
    auto impl = std::make_unique<Impl>();
    impl->pool = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
    impl->sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(folder + "/app.log", rotate_at, files_kept);
    impl->logger = std::make_shared<spdlog::async_logger>("app", impl->sink, impl->pool,
                                                          spdlog::async_overflow_policy::overrun_oldest);
    impl->logger->set_pattern("%v");
    impl->logger->set_level(spdlog::level::trace);
    impl->logger->flush_on(spdlog::level::trace);
    return std::unique_ptr<LogFile>(new LogFile(std::move(impl), least));
  } catch (const std::exception& e) {
    return base::fail(base::Code::io, "cannot open the log", e.what());
  }
}

LogFile::LogFile(std::unique_ptr<Impl> impl, base::Level least) : impl_(std::move(impl)), least_(least) {}
LogFile::~LogFile() {
  impl_->logger->flush();
  impl_->pool = nullptr;  // joins once its queue is empty, so that no other thread lets go of the logger last
  impl_->logger = nullptr;
}

void LogFile::write(base::Level level, std::string_view event, std::span<const base::Field> fields) {
  if (level < least_.load(std::memory_order_relaxed)) return;
  nlohmann::ordered_json line{{"timestamp", wall_text()}, {"level", base::name(level)}, {"event", event}};
  for (const base::Field& field : fields) line[std::string(field.key)] = value_of(field);
  impl_->logger->info(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string wall_text() {
  using namespace std::chrono;
  const auto now = floor<milliseconds>(system_clock::now());
  const auto ms = now.time_since_epoch().count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(now)), ms);
}

}  // namespace daedap::server
