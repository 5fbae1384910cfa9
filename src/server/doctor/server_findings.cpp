#include "server/doctor/server_findings.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

namespace daedap::server {
namespace {

using api::Json;

Json parsed(const HttpAnswer& answer) { return Json::parse(answer.body, nullptr, false); }

std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool flag(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

/// The list in an answer, empty when it is none.
std::vector<Json> list_in(const HttpAnswer& answer, const char* key) {
  std::vector<Json> out;
  const Json body = parsed(answer);
  if (!body.is_object() || !body.contains(key) || !body[key].is_array()) return out;
  for (const Json& one : body[key])
    if (one.is_object()) out.push_back(one);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

Finding trunk_finding(const Json& trunk) {
  const std::string item = "trunk " + text(trunk, "name"), state = text(trunk, "state"),
                    detail = text(trunk, "detail");
  const std::string where = text(trunk, "server").empty() ? "" : " at " + text(trunk, "server");
  const std::string why = detail.empty() ? "" : ": " + detail;
  if (state == "registered") return good(item, "registered" + where);
  if (state == "unregistered") return good(item, "needs no registration");
  if (state == "trying")
    return warning(item, "not registered yet" + where + why, "ask again in a few seconds");
  if (state == "refused")
    return problem(item, "the provider refuses the registration" + where + why,
                   "check the trunk's user, domain and password (in the environment of the server)");
  return problem(item, "no answer from the provider" + where + why,
                 "check the trunk's servers, DNS, and that a firewall lets SIP out");
}

/// in  `registered`: every operator, and whether a phone is there
void look_at(const call::Queue& queue, const std::map<std::string, bool>& registered, Findings& out) {
  std::vector<std::string> unknown;
  for (const std::string& member : queue.members)
    if (!registered.contains(member)) unknown.push_back(member);
  if (!unknown.empty())
    out.push_back(problem("queue " + queue.number, "members that are no operators: " + joined(unknown),
                          "add them with daedap operator add, or take them out of the queue"));
  else if (std::ranges::none_of(queue.members, [&](const std::string& m) { return registered.at(m); }))
    out.push_back(warning("queue " + queue.number, "no member has a registered phone: its calls overflow",
                          "register the phones of " + joined(queue.members)));
  if (registered.contains(queue.number))
    out.push_back(problem("queue " + queue.number, "there is an operator of this number too",
                          "give one of them another number"));
}

}  // namespace

Finding ready_finding(const HttpAnswer& readyz) {
  if (readyz.status == 200) return good("engines", "ready: calls are taken");
  const Json body = parsed(readyz);
  std::string why = body.is_object() && body.contains("error") && body["error"].is_object()
                        ? text(body["error"], "detail")
                        : "";
  if (why.empty()) why = "GET /readyz answers " + std::to_string(readyz.status);
  return problem("engines", "calls are not taken: " + why,
                 "engines that are starting need some seconds; otherwise look in logs/app.log for "
                 "ai_orchestrator_not_available");
}

Findings trunk_findings(const HttpAnswer& answer, const Config& config) {
  if (config.trunks.empty()) return {good("trunks", "none are configured")};
  if (answer.status != 200)
    return {warning("trunks", "the server does not tell how they stand", "look in logs/app.log")};
  Findings out;
  std::set<std::string> told;
  for (const Json& trunk : list_in(answer, "trunks")) {
    out.push_back(trunk_finding(trunk));
    told.insert(text(trunk, "name"));
  }
  for (const call::Trunk& trunk : config.trunks)
    if (!told.contains(trunk.name))
      out.push_back(problem("trunk " + trunk.name, "the running server does not know it",
                            "restart the server: its configuration is older than the file"));
  return out;
}

Findings registration_findings(const HttpAnswer& answer, const Config& config) {
  if (answer.status != 200)
    return {problem("operators", "GET /api/v1/operators answers " + std::to_string(answer.status),
                    "look in logs/app.log")};
  std::map<std::string, bool> registered;
  std::vector<std::string> without_phone, without_account;
  for (const Json& op : list_in(answer, "operators")) {
    const std::string id = text(op, "id");
    registered[id] = flag(op, "registered");
    if (!flag(op, "account")) without_account.push_back(id);
    else if (!registered[id] && text(op, "status") == "available") without_phone.push_back(id);
  }
  Findings out;
  if (registered.empty())
    out.push_back(problem("operators", "there are none: every call is answered with 404",
                          "daedap operator add 1001 NAME --config " + config.path));
  else
    out.push_back(good("operators", std::to_string(registered.size()) + ", " +
                                        std::to_string(std::ranges::count_if(
                                            registered, [](const auto& o) { return o.second; })) +
                                        " with a registered phone"));
  if (!without_phone.empty())
    out.push_back(warning("registrations", "available without a registered phone: " + joined(without_phone),
                          "check user, password, server and realm in the phone; daedap operator password ID "
                          "makes a new password"));
  if (!without_account.empty())
    out.push_back(warning("accounts", "no phone can register as " + joined(without_account),
                          "daedap operator password ID --config " + config.path));
  for (const call::Queue& queue : config.queues) look_at(queue, registered, out);
  return out;
}

Findings account_findings(const std::vector<call::Operator>& operators, const Config& config) {
  std::vector<std::string> other;
  for (const call::Operator& op : operators)
    if (!op.ha1_md5.empty() && op.realm != config.sip.realm) other.push_back(op.id);
  if (other.empty()) return {};
  return {problem("accounts",
                  "passwords of " + joined(other) + " were made for another realm than \"" +
                      config.sip.realm + "\": their phones cannot register",
                  "set sip.realm back, or make new passwords with daedap operator password ID")};
}

double metric(std::string_view text, std::string_view name) {
  double sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(name) || line.size() <= name.size() ||
        (line[name.size()] != '{' && line[name.size()] != ' '))
      continue;
    sum += std::strtod(std::string(line.substr(line.rfind(' ') + 1)).c_str(), nullptr);
  }
  return sum;
}

namespace {

/// The value of a metric's sample for one consumer; none: there is no such sample.
std::optional<double> of_consumer(std::string_view text, std::string_view name, std::string_view consumer) {
  const std::string sample = std::string(name) + "{consumer=\"" + std::string(consumer) + "\"} ";
  const std::size_t at = text.starts_with(sample) ? 0 : text.find("\n" + sample);
  if (at == text.npos) return std::nullopt;
  const std::size_t value = text.find("} ", at) + 2;
  return std::strtod(std::string(text.substr(value, text.find('\n', value) - value)).c_str(), nullptr);
}

}  // namespace

Findings consumer_findings(std::string_view text, const Config& config) {
  Findings out;
  for (const EventSettings::Url& url : config.events.urls) {
    const auto peer = websocket_peer(url);
    if (!peer) continue;
    const std::string name = peer->url.shown(), item = "consumer " + name;
    const auto connected = of_consumer(text, "daedap_event_consumer_connected", name);
    const auto waiting = static_cast<std::int64_t>(of_consumer(text, "daedap_event_consumer_backlog", name).value_or(0));
    const std::string waits = waiting > 0 ? ", " + std::to_string(waiting) + " events wait for it" : "";
    if (!connected)
      out.push_back(problem(item, "the running server does not know it", "restart the server: its configuration is older than the file, "
                            "or its environment names other consumers"));
    else if (*connected > 0) out.push_back(good(item, "connected" + waits));
    else
      out.push_back(problem(item, "not connected" + waits, "see that it runs and can be reached from here; logs/app.log says why "
                            "under event_consumer_lost; events are kept meanwhile"));
  }
  if (const auto gone = static_cast<std::int64_t>(metric(text, "daedap_events_given_up")); gone > 0)
    out.push_back(problem("events", std::to_string(gone) + " events were given up before every consumer had them",
                          "bring the consumer back, take it out of events.urls, or raise events.max_outbox_mb"));
  return out;
}

Findings metric_findings(std::string_view text) {
  Findings out;
  const auto count = [&](const char* name) { return static_cast<std::int64_t>(metric(text, name)); };
  if (const auto banned = count("daedap_sip_banned"); banned > 0)
    out.push_back(warning(
        "passwords",
        std::to_string(banned) + " addresses are banned after " +
            std::to_string(count("daedap_sip_auth_failures_total")) + " wrong passwords",
        "scanners are: nothing to do; a phone of yours has an old password: daedap operator password ID"));
  if (const auto hurt = count("daedap_recording_errors_total"); hurt > 0)
    out.push_back(problem("recordings", std::to_string(hurt) + " recordings or records were hurt",
                          "make room on the disk of the state folder and look in logs/app.log for "
                          "recording_failed and store_failed"));
  if (const auto stalls = count("daedap_stalls_total"); stalls > 0)
    out.push_back(
        warning("load", std::to_string(stalls) + " times a thread was held for over 10 ms",
                "a machine with too much to do makes audio stutter; look in logs/app.log for loop_stalled"));
  return out;
}

}  // namespace daedap::server
