#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "server/commands/commands.hpp"
#include "server/commands/state.hpp"
#include "store/operator_table.hpp"

namespace daedap::server {
namespace {

struct OperatorOptions {
  std::string config, id, status;
  std::optional<std::string> message;
  call::Operator add;
};

base::Result<void> print_list(store::OperatorTable table) {
  const auto list = table.list();
  if (!list) return tl::unexpected(list.error());
  for (const call::Operator& op : *list)
    std::printf("%-10s %-9s %-3s %s%s%s\n", op.id.c_str(), std::string(call::name(op.status)).c_str(), op.language.c_str(), op.name.c_str(),
                op.away_message.empty() ? "" : "  -- ", op.away_message.c_str());
  return {};
}

/// Two operators to begin with, both away, when there are none at all.
base::Result<void> add_first(store::OperatorTable table) {
  const auto list = table.list();
  if (!list || !list->empty()) return list ? base::Result<void>{} : tl::unexpected(list.error());
  using call::OperatorStatus;
  for (const auto& [id, name, language] : {std::tuple{"1001", "김지원", "ko"}, {"1002", "Mina", "en"}}) {
    call::Operator op;
    op.id = id, op.name = name, op.language = language, op.status = OperatorStatus::away;
    if (auto added = table.add(op); !added) return added;
  }
  return {};
}

void add_words(CLI::App& command, const std::shared_ptr<OperatorOptions>& o, int& code) {
  CLI::App* add = command.add_subcommand("add", "adds an operator");
  add->add_option("id", o->add.id, "user part of the SIP address: 1001")->required();
  add->add_option("--name", o->add.name, "name as it is spoken")->required();
  add->add_option("--language", o->add.language, "language of the greeting and the conversation")->check(CLI::IsMember({"ko", "en"}));
  add->add_option("--voice", o->add.voice, "voice of the synthesiser, e.g. ko+f3");
  add->add_option("--greeting", o->add.greeting, "own greeting; {operator} is filled in");
  add->add_option("--message", o->add.away_message, "spoken after the greeting while away");
  add->callback([o, &code] {
    code = with_database(o->config, [&](const Config&, store::Database& db) { return store::OperatorTable(db).add(o->add); });
  });
  CLI::App* status = command.add_subcommand("status", "sets an operator's status");
  status->add_option("id", o->id, "the operator")->required();
  status->add_option("status", o->status, "available, away, busy or offline")->required()->check(CLI::IsMember({"available", "away", "busy", "offline"}));
  status->add_option("--message", o->message, "spoken after the greeting while away");
  status->callback([o, &code] {
    code = with_database(o->config, [&](const Config&, store::Database& db) {
      return store::OperatorTable(db).set_status(o->id, *call::operator_status(o->status), o->message);
    });
  });
}

}  // namespace

void add_operator(CLI::App& app, int& code) {
  auto o = std::make_shared<OperatorOptions>();
  CLI::App* command = app.add_subcommand("operator", "operators: add, list, remove, status");
  command->require_subcommand(1);
  command->fallthrough();
  command->add_option("--config", o->config, "configuration file")->required();
  add_words(*command, o, code);
  command->add_subcommand("list", "shows the operators")->callback([o, &code] {
    code = with_database(o->config, [](const Config&, store::Database& db) { return print_list(store::OperatorTable(db)); });
  });
  CLI::App* remove = command->add_subcommand("remove", "removes an operator");
  remove->add_option("id", o->id, "the operator")->required();
  remove->callback([o, &code] {
    code = with_database(o->config, [&](const Config&, store::Database& db) { return store::OperatorTable(db).remove(o->id); });
  });
  command->add_subcommand("first", "adds two operators to begin with when there are none")->callback([o, &code] {
    code = with_database(o->config, [](const Config&, store::Database& db) { return add_first(store::OperatorTable(db)); });
  });
}

}  // namespace daedap::server
