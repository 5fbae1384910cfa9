#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>

#include "api/json.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/state.hpp"
#include "server/doctor/call_findings.hpp"
#include "server/doctor/http_get.hpp"
#include "server/doctor/server_findings.hpp"
#include "server/doctor/surroundings.hpp"
#include "server/sip_address.hpp"
#include "store/accounts.hpp"
#include "store/call_table.hpp"
#include "store/operator_table.hpp"

namespace daedap::server {
namespace {

constexpr std::size_t calls_to_look_at = 20;

/// Asks the running server with a token that lives as long as this object.
class Asker {
 public:
  Asker(const Config& config, store::Database& db, std::uint16_t port)
      : tokens_(db),
        label_("doctor-" + std::to_string(::getpid())),
        ip_(config.http.bind == "0.0.0.0" ? "127.0.0.1" : config.http.bind == "::" ? "::1" : config.http.bind),
        port_(port) {
    (void)tokens_.remove(label_);  // of a doctor that was killed
    token_ = tokens_.add(label_, "viewer").value_or("");
  }
  ~Asker() { (void)tokens_.remove(label_); }
  HttpAnswer get(const std::string& path) const { return http_get(ip_, port_, path, token_); }

 private:
  store::TokenTable tokens_;
  std::string label_, ip_, token_;
  std::uint16_t port_;
};

void add(Findings& to, Findings more) { to.insert(to.end(), more.begin(), more.end()); }

Findings call_findings_of(const Asker& asker, const Config& config) {
  const api::Json page = api::Json::parse(
      asker.get("/api/v1/calls?limit=" + std::to_string(calls_to_look_at)).body, nullptr, false);
  std::vector<api::Json> calls;
  if (page.is_object() && page.contains("calls") && page["calls"].is_array())
    for (const api::Json& call : page["calls"])
      if (call.is_object() && call.contains("call_id") && call["call_id"].is_string())
        calls.push_back(api::Json::parse(
            asker.get("/api/v1/calls/" + call["call_id"].get<std::string>()).body, nullptr, false));
  return call_findings(calls, config);
}

/// What only the running server knows.
Findings ask_server(const Config& config, store::Database& db, const Running& running) {
  const Asker asker(config, db, running.http_port);
  const HttpAnswer health = asker.get("/healthz");
  if (health.status != 200)
    return {problem("server",
                    "process " + std::to_string(running.pid) + " does not answer on HTTP port " +
                        std::to_string(running.http_port),
                    "look in logs/app.log; restart it when it hangs")};
  Findings out{good("server", "runs as process " + std::to_string(running.pid) + ", HTTP port " +
                                  std::to_string(running.http_port))};
  add(out, sip_answer_findings(config, running.sip_port));
  out.push_back(ready_finding(asker.get("/readyz")));
  const std::string metrics = asker.get("/metrics").body;
  add(out, rtp_findings(config, static_cast<std::size_t>(metric(metrics, "daedap_calls_running"))));
  add(out, registration_findings(asker.get("/api/v1/operators"), config));
  add(out, trunk_findings(asker.get("/api/v1/trunks"), config));
  add(out, consumer_findings(metrics, config));
  add(out, metric_findings(metrics));
  add(out, call_findings_of(asker, config));
  return out;
}

Findings address_findings(const Config& config) {
  const auto told = advertised_addresses(config);
  if (!told) return {problem("sip address", told.error().message(), "set sip.advertised")};
  const std::vector<base::Address> own = own_addresses();
  Findings out{address_finding("sip address", told->sip, own, !config.trunks.empty())};
  if (!told->media.same_ip(told->sip))
    out.push_back(address_finding("media address", told->media, own, !config.trunks.empty()));
  return out;
}

Findings machine_findings(const Config& config, store::Database& db) {
  Findings out;
  std::error_code failed;
  const auto space = std::filesystem::space(config.state, failed);
  if (failed)
    out.push_back(problem("disk", "cannot see how much room " + config.state + " has: " + failed.message(),
                          "correct the key state"));
  else out.push_back(disk_finding(space.available));
  const auto newest = store::CallTable(db).page(1, std::nullopt);
  const std::int64_t newest_ms =
      newest && !newest->empty() ? newest->front().started.time_since_epoch().count() : 0;
  out.push_back(clock_finding(std::chrono::system_clock::now(), newest_ms, clock_is_synchronised()));
  return out;
}

Findings look(const Config& config, store::Database& db) {
  Findings out{good("configuration", config.path)};
  add(out, address_findings(config));
  const Running running = running_server(config);
  if (running.http_port != 0) {
    add(out, ask_server(config, db, running));
  } else {
    out.push_back(problem("server", "does not run", "daedap serve --config " + config.path));
    add(out, free_port_findings(config));
    add(out, rtp_findings(config, 0));
  }
  if (const auto operators = store::OperatorTable(db).list()) add(out, account_findings(*operators, config));
  add(out, machine_findings(config, db));
  return out;
}

}  // namespace

void add_doctor(CLI::App& app, int& code) {
  struct Options {
    std::string config;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "doctor", "looks at the running server and its surroundings and says what to do; exit 1 on problems");
  command->add_option("--config", o->config, "configuration file")->required();
  command->add_flag("--json", o->json, "one JSON object");
  command->callback([o, &code] {
    Findings findings;
    code = with_database(o->config, [&](const Config& config, store::Database& db) -> base::Result<void> {
      findings = look(config, db);
      return {};
    });
    if (code != exit_good) return;
    std::fputs((o->json ? json_of(findings) : text_of(findings)).c_str(), stdout);
    if (any_problem(findings)) code = exit_failed;
  });
}

}  // namespace daedap::server
