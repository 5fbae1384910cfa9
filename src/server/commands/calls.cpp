#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "api/json.hpp"
#include "call/cause.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/state.hpp"
#include "store/call_table.hpp"

namespace daedap::server {
namespace {

struct CallsOptions {
  std::string config, id, understood;
  bool last = false, json = false;
  std::size_t limit = 20;
};

api::CallEntry entry_of(const store::StoredCall& call) {
  api::CallEntry entry;
  entry.record = call.record;
  entry.started_unix_ms = call.started.time_since_epoch().count();
  return entry;
}

void print(const store::StoredCall& call) {
  const call::Record& r = call.record;
  std::printf("%s  %s -> %s  %s  %.1f s  %s\n", r.call_id.c_str(), r.caller.c_str(), r.callee.c_str(),
              api::wall_text(call.started.time_since_epoch().count()).c_str(), static_cast<double>(r.duration_ms) / 1000,
              r.cause ? std::string(call::name(*r.cause)).c_str() : "running");
  for (const call::Turn& t : r.turns)
    std::printf("  %6.1f  %-6s %s%s\n", static_cast<double>(t.start_ms) / 1000, t.speaker == speech::Said::Speaker::caller ? "caller" : "AI",
                t.text.c_str(), t.interrupted ? " -- (interrupted)" : "");
}

base::Result<void> show(const CallsOptions& o, store::CallTable table) {
  std::vector<std::string> ids;
  if (!o.id.empty()) ids.push_back(o.id);
  const auto page = table.page(o.last ? 1 : o.limit, std::nullopt);
  if (!page) return tl::unexpected(page.error());
  if (o.id.empty())
    for (const store::StoredCall& call : *page) ids.push_back(call.record.call_id);
  if (ids.empty() && o.last) return base::fail(base::Code::not_found, "no call yet");
  bool understood = o.understood.empty();
  for (const std::string& id : ids) {
    const auto call = table.find(id);
    if (!call) return tl::unexpected(call.error());
    if (o.json) std::printf("%s\n", api::json_of(entry_of(*call)).dump().c_str());
    else if (o.understood.empty()) print(*call);
    for (const call::Turn& t : call->record.turns) understood = understood || t.intent == o.understood;
  }
  if (!understood) return base::fail(base::Code::not_found, "the call was not understood as", o.understood);
  return {};
}

}  // namespace

void add_calls(CLI::App& app, int& code) {
  auto o = std::make_shared<CallsOptions>();
  CLI::App* command = app.add_subcommand("calls", "shows past and running calls with their conversation");
  command->add_option("--config", o->config, "configuration file")->required();
  command->add_option("call_id", o->id, "one call");
  command->add_flag("--last", o->last, "the newest call only");
  command->add_flag("--json", o->json, "one JSON object a line");
  command->add_option("--limit", o->limit, "how many")->check(CLI::Range(1, 200));
  command->add_option("--understood", o->understood, "prints nothing; fails unless the caller was understood to want this");
  command->callback([o, &code] {
    code = with_database(o->config, [&](const Config&, store::Database& db) { return show(*o, store::CallTable(db)); });
  });
}

}  // namespace daedap::server
