#include "server/config_page.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "server/config_keys.hpp"

namespace daedap::server {
namespace {

constexpr const char* introduction =
    "# Configuration\n"
    "\n"
    "One YAML file. `daedap check --config FILE` names every fault with its line; an editor that knows\n"
    "`config.schema.json` completes the keys. `${NAME}` and `${NAME:-default}` in values are read from the\n"
    "environment: keep passwords and tokens there. SIGHUP reads the file again; what needs a restart is said in\n"
    "the log. Printed by `daedap check --keys`.\n"
    "\n"
    "These variables win over the file: `DAEDAP_STATE`, `DAEDAP_SIP_PORT`, `DAEDAP_HTTP_PORT`, `AICC_LOG_LEVEL`,\n"
    "`AICC_VAD_THRESHOLD`, `AICC_MIN_SPEECH_MS`, `AICC_MIN_SILENCE_MS`, `AICC_STT_LANGUAGE` (`ko-KR`, `en-US`),\n"
    "`AICC_CUSTOMER_PORT` and `AICC_AGENT_PORT` (which switch `ingest` on). `LINPHONE_PASSWORD` fills a trunk's\n"
    "empty password.\n";

constexpr const char* head = "\n| key | default | what |\n|---|---|---|\n";

/// Within a table a bar would begin a column.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string what(const ConfigKey& key) {
  std::ostringstream out;
  out << cell(key.help);
  if (key.kind == ConfigKey::Kind::whole || key.kind == ConfigKey::Kind::number)
    out << " (" << std::fixed << std::setprecision(key.kind == ConfigKey::Kind::whole ? 0 : 2) << key.least << " to " << key.most << ')';
  if (key.kind != ConfigKey::Kind::choice) return out.str();
  std::string all;
  for (const std::string& one : key.choices) all += (all.empty() ? "`" : ", `") + one + '`';
  out << ": " << all;
  return out.str();
}

std::string row(const ConfigKey& key, Config& defaults, bool required = false) {
  const std::string value = key.show(defaults);
  const std::string shown = required ? "required" : value.empty() ? "empty" : '`' + cell(value) + '`';
  return "| `" + key.path + "` | " + shown + " | " + what(key) + " |\n";
}

std::string group_of(const std::string& path) {
  const std::size_t dot = path.find('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

}  // namespace

std::string config_page() {
  Config defaults;
  std::string page = std::string(introduction) + "\n## The whole server\n" + head;
  for (const ConfigKey& key : config_keys())
    if (group_of(key.path).empty()) page += row(key, defaults);
  std::string group;
  for (const ConfigKey& key : config_keys()) {
    const std::string next = group_of(key.path);
    if (next.empty()) continue;
    if (next != group) page += "\n## " + next + "\n" + head;
    group = next;
    page += row(key, defaults);
  }
  for (const ConfigList& list : config_lists()) {
    page += "\n## " + list.path + "\n\nA list: " + list.help + ".\n" + head;
    list.add(defaults);
    for (const ConfigKey& field : list.fields)
      page += row(field, defaults, std::ranges::find(list.required, field.path) != list.required.end());
  }
  return page;
}

}  // namespace daedap::server
