#include "server/config.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "sdp/known_codecs.hpp"
#include "server/config_checks.hpp"
#include "server/config_keys.hpp"
#include "server/turns/calibration_file.hpp"

namespace daedap::server {
namespace {

constexpr std::size_t max_file = 1 << 20;

/// Fills `${NAME}` and `${NAME:-default}`; an unset name without default is a fault.
std::string filled(const std::string& value, std::string& missing) {
  std::string out;
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t open = value.find("${", i);
    const std::size_t close = open == std::string::npos ? open : value.find('}', open);
    if (close == std::string::npos) return out + value.substr(i);
    out += value.substr(i, open - i);
    const std::string inside = value.substr(open + 2, close - open - 2);
    const std::size_t dash = inside.find(":-");
    const std::string name = inside.substr(0, dash);
    const char* found = std::getenv(name.c_str());
    if (found && *found) out += found;
    else if (dash != std::string::npos) out += inside.substr(dash + 2);
    else missing = name;
    i = close + 1;
  }
  return out;
}

/// Reads one file into a Config, collecting faults.
class Reader {
 public:
  Reader(std::string file, ConfigReading& out, ConfigLines& lines) : file_(std::move(file)), out_(out), lines_(lines) {}

  void walk(const YAML::Node& node, const std::string& prefix) {
    if (prefix.size() > 200) return fault(node, prefix, "nested too deep");
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        fault(entry.first, prefix, "a key must be a word");
        continue;
      }
      take(entry.second, prefix.empty() ? entry.first.Scalar() : prefix + "." + entry.first.Scalar(), entry.first);
    }
  }

  void fault(const YAML::Node& node, const std::string& key, std::string what) {
    out_.faults.push_back({file_, node.Mark().is_null() ? 0 : node.Mark().line + 1, key, std::move(what)});
  }

 private:
  void take(const YAML::Node& value, const std::string& path, const YAML::Node& at) {
    for (const ConfigKey& key : config_keys())
      if (key.path == path) return put(key, path, value, at);
    for (const ConfigList& list : config_lists())
      if (list.path == path) return walk_list(list, value, at);
    const bool is_group = std::ranges::any_of(config_keys(), [&](const ConfigKey& k) { return k.path.starts_with(path + "."); });
    if (is_group && value.IsMap()) return walk(value, path);
    if (is_group && value.IsNull()) return;
    if (is_group) return fault(at, path, "is a group of keys, not a value");
    const std::string near = nearest_key(path);
    fault(at, path, near.empty() ? "unknown key" : "unknown key; did you mean " + near + "?");
  }

  void walk_list(const ConfigList& list, const YAML::Node& value, const YAML::Node& at) {
    if (value.IsNull()) return;
    if (!value.IsSequence()) return fault(at, list.path, "must be a list");
    if (value.size() > most_records) return fault(at, list.path, "has over " + std::to_string(most_records) + " entries");
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string place = list.path + "[" + std::to_string(i) + "]";
      list.add(out_.config);  // also of a faulty one, so that numbers in faults are those of the file
      if (value[i].IsMap()) walk_record(list, place, value[i]);
      else fault(value[i].IsNull() ? at : value[i], place, "must hold keys and values");
    }
  }

  void walk_record(const ConfigList& list, const std::string& place, const YAML::Node& record) {
    lines_[place] = record.Mark().line + 1;
    std::set<std::string> seen;
    for (const auto& entry : record) {
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
      const auto field = std::ranges::find(list.fields, name, &ConfigKey::path);
      const std::string path = place + "." + name;
      seen.insert(name);
      if (field != list.fields.end()) {
        put(*field, path, entry.second, entry.first);
        continue;
      }
      const std::string near = nearest_field(list, name);
      fault(entry.first, path, near.empty() ? "unknown key" : "unknown key; did you mean " + near + "?");
    }
    for (const std::string& name : list.required)
      if (!seen.contains(name)) fault(record, place, "needs the key " + name);
  }

  void put(const ConfigKey& key, const std::string& path, const YAML::Node& value, const YAML::Node& at) {
    std::string missing;
    std::vector<std::string> list;
    if (key.kind == ConfigKey::Kind::texts) {
      if (!value.IsSequence() && !value.IsNull()) return fault(at, path, "must be a list");
      for (const auto& item : value) {
        if (!item.IsScalar()) return fault(at, path, "must be a list of single values");
        list.push_back(filled(item.Scalar(), missing));
      }
    } else if (!value.IsScalar() && !value.IsNull()) {
      return fault(at, path, "must be a single value");
    }
    const std::string text = value.IsScalar() ? filled(value.Scalar(), missing) : "";
    if (!missing.empty()) return fault(at, path, "environment variable " + missing + " is not set");
    if (const std::string what = put_text(out_.config, key, text, list); !what.empty()) return fault(at, path, what);
    lines_[path] = at.Mark().line + 1;
  }

 public:
  /// Checks and stores; the fault's text, or empty.
  static std::string put_text(Config& config, const ConfigKey& key, const std::string& text,
                              const std::vector<std::string>& list) {
    double n = 0;
    switch (key.kind) {
      case ConfigKey::Kind::whole:
      case ConfigKey::Kind::number: {
        const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
        const bool whole = key.kind == ConfigKey::Kind::whole;
        if (ec != std::errc{} || end != text.data() + text.size() || !std::isfinite(n) || (whole && n != std::floor(n)))
          return "must be a " + std::string(whole ? "whole " : "") + "number, not \"" + text + "\"";
        if (n < key.least || n > key.most) {
          std::ostringstream range;
          range << "must be from " << key.least << " to " << key.most;
          return range.str();
        }
        break;
      }
      case ConfigKey::Kind::flag:
        if (text != "true" && text != "false") return "must be true or false, not \"" + text + "\"";
        break;
      case ConfigKey::Kind::choice:
        if (std::ranges::find(key.choices, text) == key.choices.end()) {
          std::string all;
          for (const std::string& c : key.choices) all += (all.empty() ? "" : ", ") + c;
          return "must be one of " + all + ", not \"" + text + "\"";
        }
        break;
      default: break;
    }
    key.put(config, text, n, list);
    return {};
  }

 private:
  std::string file_;
  ConfigReading& out_;
  ConfigLines& lines_;
};

/// Inherited environment variables that win over the file.
void take_environment(ConfigReading& out) {
  static const std::map<std::string, std::string> inherited{
      {"AICC_CUSTOMER_PORT", "ingest.customer_port"}, {"AICC_AGENT_PORT", "ingest.agent_port"},
      {"AICC_STT_LANGUAGE", "ingest.language"},
      {"AICC_VAD_THRESHOLD", "vad.threshold"},     {"AICC_MIN_SPEECH_MS", "vad.min_speech_ms"},
      {"AICC_MIN_SILENCE_MS", "vad.min_silence_ms"}, {"AICC_LOG_LEVEL", "log.level"},
      {"DAEDAP_HTTP_PORT", "http.port"},           {"DAEDAP_SIP_PORT", "sip.port"},
      {"DAEDAP_STATE", "state"}};
  for (const auto& [name, path] : inherited) {
    const char* value = std::getenv(name.c_str());
    if (!value || !*value) continue;
    std::string text = value;
    if (path == "log.level") {
      std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
      if (text == "warning") text = "warn";
    } else if (path == "ingest.language") {  // "ko-KR", "en_US"
      text = text.substr(0, text.find_first_of("-_"));
      std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    }
    const auto key = std::ranges::find(config_keys(), path, &ConfigKey::path);
    const std::string what = Reader::put_text(out.config, *key, text, {});
    if (path.ends_with("customer_port") || path.ends_with("agent_port")) out.config.ingest.enabled = true;
    if (path == "ingest.language" && what.empty()) out.config.call.conversation.language = text;
    if (what.empty()) out.notes.push_back(name + " overrides " + path);
    else out.faults.push_back({"environment", 0, name, what});
  }
}

/// What no single key can know.
void check_together(ConfigReading& out) {
  const Config& c = out.config;
  const auto bad = [&](const char* key, std::string what) { out.faults.push_back({c.path, 0, key, std::move(what)}); };
  for (const auto& [key, ip] : {std::pair{"sip.bind", c.sip.bind}, {"http.bind", c.http.bind}, {"sip.advertised", c.sip.advertised},
                                {"media.bind", c.media.bind}, {"media.advertised", c.media.advertised}})
    if (!ip.empty() && !base::Address::parse_ip(ip)) bad(key, "must be an IP address, not \"" + ip + "\"");
  if (c.sip.certificate.empty() != c.sip.key.empty())
    bad(c.sip.key.empty() ? "sip.key" : "sip.certificate", "sip.certificate and sip.key belong together");
  if (!c.sip.certificate.empty() && c.sip.tls_port != 0 && c.sip.tls_port == c.sip.port && c.sip.tcp)
    bad("sip.tls_port", "must differ from sip.port");
  if (c.media.last_port <= c.media.first_port) bad("media.last_port", "must be above media.first_port");
  if (c.call.codecs.empty()) bad("media.codecs", "must name at least one codec");
  for (const std::string& codec : c.call.codecs)
    if (!sdp::known_codec(codec)) bad("media.codecs", "knows PCMU, PCMA, G722, opus and GSM, not \"" + codec + "\"");
  if (c.call.conversation.barge_in_confirm < c.call.conversation.barge_in_pause)
    bad("ai.barge_in_confirm_ms", "must not be below ai.barge_in_pause_ms");
  for (const std::string& token : c.http.tokens)
    if (token.size() < 16) bad("http.tokens", "a token needs at least 16 characters");
}

nlohmann::json schema_of(const ConfigKey& key) {
  nlohmann::json j{{"description", key.help}};
  switch (key.kind) {
    case ConfigKey::Kind::text: j["type"] = "string"; break;
    case ConfigKey::Kind::flag: j["type"] = "boolean"; break;
    case ConfigKey::Kind::choice: j["enum"] = key.choices; break;
    case ConfigKey::Kind::texts: j["type"] = "array", j["items"] = {{"type", "string"}}; break;
    case ConfigKey::Kind::whole:
    case ConfigKey::Kind::number:
      j["type"] = {key.kind == ConfigKey::Kind::whole ? "integer" : "number", "string"};
      j["minimum"] = key.least, j["maximum"] = key.most;
  }
  return j;
}

}  // namespace

std::string ConfigFault::text() const {
  return file + ":" + std::to_string(line) + ": " + key + ": " + what;
}

ConfigReading read_config(const std::string& path) {
  ConfigReading out;
  out.config.path = path;
  ConfigLines lines;
  std::ifstream in(path, std::ios::binary);
  std::string bytes;
  if (in) bytes.assign(std::istreambuf_iterator<char>(in), {});
  if (!in || bytes.size() > max_file) {
    out.faults.push_back({path, 0, "file", in ? "is over 1 MB" : "cannot be read"});
    return out;
  }
  try {
    const YAML::Node root = YAML::Load(bytes);
    Reader reader(path, out, lines);
    if (root.IsMap()) reader.walk(root, "");
    else if (!root.IsNull()) reader.fault(root, "file", "must hold keys and values");
  } catch (const YAML::Exception& e) {
    out.faults.push_back({path, e.mark.is_null() ? 0 : e.mark.line + 1, "file", "is no YAML: " + e.msg});
  }
  take_environment(out);
  take_trunk_password(out);
  take_event_urls(out);
  check_together(out);
  check_pbx(out, lines);
  check_events(out, lines);
  check_ingest(out);
  const auto weights = lines.find("turn.weights");
  take_turn_weights(out, weights == lines.end() ? 0 : weights->second);
  return out;
}

std::string config_schema() {
  nlohmann::json root{{"$schema", "http://json-schema.org/draft-07/schema#"},
                      {"title", "Daedap configuration"},
                      {"type", "object"},
                      {"additionalProperties", false},
                      {"properties", nlohmann::json::object()}};
  // The place of "a.b.c", its groups made on the way.
  const auto place = [&](const std::string& path) -> nlohmann::json& {
    nlohmann::json* at = &root;
    std::size_t from = 0;
    for (std::size_t dot; (dot = path.find('.', from)) != std::string::npos; from = dot + 1) {
      nlohmann::json& group = (*at)["properties"][path.substr(from, dot - from)];
      if (group.is_null()) group = {{"type", "object"}, {"additionalProperties", false}, {"properties", nlohmann::json::object()}};
      at = &group;
    }
    return (*at)["properties"][path.substr(from)];
  };
  for (const ConfigKey& key : config_keys()) place(key.path) = schema_of(key);
  for (const ConfigList& list : config_lists()) {
    nlohmann::json record{{"type", "object"}, {"additionalProperties", false}, {"required", list.required}, {"properties", nlohmann::json::object()}};
    for (const ConfigKey& field : list.fields) record["properties"][field.path] = schema_of(field);
    place(list.path) = {{"type", "array"}, {"description", list.help}, {"maxItems", most_records}, {"items", record}};
  }
  return root.dump(2) + "\n";
}

}  // namespace daedap::server
