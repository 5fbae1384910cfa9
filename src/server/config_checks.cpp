#include "server/config_checks.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include "base/address.hpp"
#include "call/dial_plan.hpp"
#include "call/trunks.hpp"
#include "sip/uri.hpp"
#include "store/operator_table.hpp"

namespace daedap::server {
namespace {

base::Result<sip::Uri> server_uri(const std::string& text) {
  return sip::Uri::parse(text.starts_with("sip:") || text.starts_with("sips:") ? text : "sip:" + text);
}

bool all_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

class Checker {
 public:
  Checker(ConfigReading& out, const ConfigLines& lines) : out_(out), lines_(lines) {}

  void run() {
    const Config& c = out_.config;
    if (c.sip.realm.empty() || c.sip.realm.find_first_of("\"\\:\r\n") != std::string::npos)
      bad("sip.realm", "must not be empty nor hold quotes, backslashes or ':'");
    for (std::size_t i = 0; i < c.trunks.size(); ++i) check(c.trunks[i], i);
    for (std::size_t i = 0; i < c.routes.size(); ++i) check(c.routes[i], i);
    for (std::size_t i = 0; i < c.queues.size(); ++i) check(c.queues[i], i);
  }

 private:
  void check(const call::Trunk& trunk, std::size_t i) {
    const std::string at = "trunks[" + std::to_string(i) + "].";
    if (has(at + "name") && !store::is_operator_id(trunk.name))
      bad(at + "name", "must be a word of letters, digits, '-', '_' or '.'");
    for (std::size_t j = 0; j < i; ++j)
      if (!trunk.name.empty() && out_.config.trunks[j].name == trunk.name)
        bad(at + "name", "\"" + trunk.name + "\" is the name of another trunk");
    if (has(at + "servers") && trunk.servers.empty()) bad(at + "servers", "must name at least one server");
    for (const std::string& server : trunk.servers)
      if (const auto uri = server_uri(server); !uri || !uri->user.empty())
        bad(at + "servers", "\"" + server + "\" is no host, host:port or SIP URI");
    if (trunk.registers && trunk.user.empty()) bad(at + "registers", "a registration needs a user");
    else if (trunk.registers && trunk.password.empty() && !is_faulty(at + "password"))
      bad(at + "registers", "a registration needs a password, best from the environment");
    for (const std::string& from : trunk.inbound_from)
      if (!call::Network::parse(from)) bad(at + "inbound_from", "\"" + from + "\" is no IP address or network");
    if (!trunk.inbound_to.empty() && !store::is_operator_id(trunk.inbound_to))
      bad(at + "inbound_to", "must be an operator's id or a queue's number");
    if (!all_of(trunk.country_code, "0123456789") || trunk.country_code.size() > 3)
      bad(at + "country_code", "must be 1 to 3 digits, without +");
    if (!trunk.caller_id.empty() && !store::is_forward_target(trunk.caller_id))
      bad(at + "caller_id", "must be a number");
  }

  void check(const call::DialRule& rule, std::size_t i) {
    const std::string at = "routes[" + std::to_string(i) + "].";
    if (has(at + "pattern")) {
      if (const char* fault = call::dial_pattern_fault(rule.pattern)) bad(at + "pattern", fault);
      else if (static_cast<std::size_t>(rule.strip) > rule.pattern.size())
        bad(at + "strip", "takes off more than the pattern has");
      for (std::size_t j = 0; j < i; ++j)
        if (out_.config.routes[j].pattern == rule.pattern)
          bad(at + "pattern", "\"" + rule.pattern + "\" stands in routes[" + std::to_string(j) + "] already");
    }
    if (!all_of(rule.prefix, "0123456789+*#") || rule.prefix.size() > std::size_t{32})
      bad(at + "prefix", "must be digits, +, * or #");
    if (!has(at + "trunk") ||
        std::ranges::find(out_.config.trunks, rule.trunk, &call::Trunk::name) != out_.config.trunks.end())
      return;
    std::string known;
    for (const call::Trunk& trunk : out_.config.trunks) known += (known.empty() ? "" : ", ") + trunk.name;
    bad(at + "trunk",
        "there is no trunk \"" + rule.trunk + "\"" + (known.empty() ? "" : "; there are " + known));
  }

  void check(const call::Queue& queue, std::size_t i) {
    const std::string at = "queues[" + std::to_string(i) + "].";
    if (has(at + "number") && !store::is_operator_id(queue.number))
      bad(at + "number", "must be a number, or letters, digits, '-', '_', '.' or '+'");
    for (std::size_t j = 0; j < i; ++j)
      if (!queue.number.empty() && out_.config.queues[j].number == queue.number)
        bad(at + "number", "\"" + queue.number + "\" is the number of another queue");
    if (has(at + "members") && queue.members.empty()) bad(at + "members", "must name at least one operator");
    for (std::size_t m = 0; m < queue.members.size(); ++m) {
      const std::string& id = queue.members[m];
      if (!store::is_operator_id(id)) bad(at + "members", "\"" + id + "\" is no operator's id");
      else if (id == queue.number) bad(at + "members", "the queue is a member of itself");
      else if (std::find(queue.members.begin(), queue.members.begin() + static_cast<std::ptrdiff_t>(m), id) !=
               queue.members.begin() + static_cast<std::ptrdiff_t>(m))
        bad(at + "members", "\"" + id + "\" stands there twice");
    }
    if (queue.longest_wait < queue.ring) bad(at + "longest_wait_s", "must not be below ring_s");
  }

  bool is_faulty(const std::string& key) const {
    return std::ranges::find(out_.faults, key, &ConfigFault::key) != out_.faults.end();
  }
  /// A key that is missing or was not readable was told of already.
  bool has(const std::string& key) const { return lines_.contains(key); }

  void bad(const std::string& key, std::string what) {
    auto line = lines_.find(key);
    if (line == lines_.end()) line = lines_.find(key.substr(0, key.rfind('.')));
    out_.faults.push_back({out_.config.path, line == lines_.end() ? 0 : line->second, key, std::move(what)});
  }

  ConfigReading& out_;
  const ConfigLines& lines_;
};

}  // namespace

void check_pbx(ConfigReading& out, const ConfigLines& lines) { Checker(out, lines).run(); }

void take_trunk_password(ConfigReading& out) {
  const char* password = std::getenv("LINPHONE_PASSWORD");
  if (!password || !*password) return;
  auto& trunks = out.config.trunks;
  const auto lacks_one = [](const call::Trunk& t) { return !t.user.empty() && t.password.empty(); };
  auto found = std::ranges::find_if(
      trunks, [&](const call::Trunk& t) { return lacks_one(t) && call::trunk_domain(t) == "sip.linphone.org"; });
  if (found == trunks.end()) found = std::ranges::find_if(trunks, lacks_one);
  if (found == trunks.end()) return;
  found->password = password;
  out.notes.push_back("LINPHONE_PASSWORD is the password of the trunk " + found->name);
}

}  // namespace daedap::server
