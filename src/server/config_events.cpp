// The consumers of events in the configuration and in the inherited environment variables.
#include <algorithm>
#include <cstdlib>

#include "server/config_checks.hpp"

namespace daedap::server {
namespace {

constexpr std::size_t most_consumers = 32;
constexpr int most_numbered = 100;  // AICC_WS_URL_1 to _100

std::string trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n"), to = text.find_last_not_of(" \t\r\n");
  return from == text.npos ? std::string() : std::string(text.substr(from, to - from + 1));
}

/// What stands in a variable, comma separated, with the variable's name.
void add_urls(const std::string& name, std::vector<std::pair<std::string, std::string>>& to) {
  const char* value = std::getenv(name.c_str());
  if (!value) return;
  const std::string_view all = value;
  for (std::size_t at = 0; at <= all.size();) {
    const std::size_t comma = std::min(all.find(',', at), all.size());
    if (std::string url = trimmed(all.substr(at, comma - at)); !url.empty()) to.emplace_back(std::move(url), name);
    at = comma + 1;
  }
}

}  // namespace

void take_event_urls(ConfigReading& out) {
  std::vector<std::pair<std::string, std::string>> found;
  add_urls("WEBSOCKET_URLS", found);
  add_urls("AICC_WS_URL", found);
  for (int i = 1; i <= most_numbered; ++i) add_urls("AICC_WS_URL_" + std::to_string(i), found);
  if (found.empty()) return;
  const std::vector<EventSettings::Url> in_file = std::exchange(out.config.events.urls, {});
  for (const auto& [url, variable] : found) {
    auto& urls = out.config.events.urls;
    if (std::ranges::find(urls, url, &EventSettings::Url::url) != urls.end()) continue;  // named in two of them
    const auto known = std::ranges::find(in_file, url, &EventSettings::Url::url);
    urls.push_back(known == in_file.end() ? EventSettings::Url{url, {}, {}, {}} : *known);
    if (const auto fine = websocket_peer(urls.back()); !fine && known == in_file.end())
      out.faults.push_back({"environment", 0, variable, fine.error().message()});
    else if (out.notes.empty() || out.notes.back() != variable + " overrides events.urls")
      out.notes.push_back(variable + " overrides events.urls");
  }
}

void check_events(ConfigReading& out, const ConfigLines& lines) {
  const auto bad = [&](const std::string& key, const std::string& record, std::string what) {
    auto line = lines.find(key);
    if (line == lines.end()) line = lines.find(record);
    out.faults.push_back({out.config.path, line == lines.end() ? 0 : line->second, key, std::move(what)});
  };
  const auto& urls = out.config.events.urls;
  if (urls.size() > most_consumers) bad("events.urls", "events", "has over " + std::to_string(most_consumers) + " entries");
  const bool from_environment = std::ranges::any_of(out.notes, [](const std::string& n) { return n.ends_with("overrides events.urls"); }) ||
                                std::ranges::any_of(out.faults, [](const ConfigFault& f) { return f.file == "environment" && f.key.find("_URL") != std::string::npos; });
  for (std::size_t i = 0; i < urls.size() && !from_environment; ++i) {
    const std::string record = "events.urls[" + std::to_string(i) + "]";
    if (urls[i].url.empty()) continue;  // told already
    if (const auto peer = websocket_peer(urls[i]); !peer) {
      const bool of_url = !net::parse_websocket_url(urls[i].url);
      bad(record + (of_url ? ".url" : ".headers"), record, peer.error().message());
    }
    for (std::size_t j = 0; j < i; ++j)
      if (urls[j].url == urls[i].url) bad(record + ".url", record, "stands in events.urls[" + std::to_string(j) + "] already");
  }
}

}  // namespace daedap::server
