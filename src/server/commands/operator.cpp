#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "api/json.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/state.hpp"
#include "server/sip_account.hpp"
#include "server/sip_address.hpp"
#include "store/operator_table.hpp"

namespace daedap::server {
namespace {

struct OperatorOptions {
  std::string config, id, status;
  std::optional<std::string> message;
  bool no_account = false, json = false;
  call::Operator add;
  call::OperatorChange change;
  std::array<std::string, call::miss_count> on_miss;  // "", "default", "ai", "reject", "forward"
};

constexpr const char* miss_flags[call::miss_count] = {"--no-answer", "--busy", "--declined",
                                                      "--unregistered"};

base::Result<void> print_list(store::OperatorTable table) {
  const auto list = table.list();
  if (!list) return tl::unexpected(list.error());
  for (const call::Operator& op : *list) {
    std::string notes = op.ha1_md5.empty() ? "  (no account)" : "";
    for (std::size_t i = 0; i < call::miss_count; ++i)
      if (op.on_miss[i])
        notes += std::string("  ")
                     .append(call::name(static_cast<call::Miss>(i)))
                     .append(": ")
                     .append(call::name(*op.on_miss[i]));
    if (!op.forward_to.empty()) notes += "  forward to " + op.forward_to;
    std::printf("%-10s %-9s %-3s %s%s%s%s\n", op.id.c_str(), std::string(call::name(op.status)).c_str(),
                op.language.c_str(), op.name.c_str(), notes.c_str(), op.away_message.empty() ? "" : "  -- ",
                op.away_message.c_str());
  }
  return {};
}

/// Where a phone registers; of a server on any free port only while it runs.
std::string phone_server(const Config& config) {
  const auto told = advertised_addresses(config);
  if (!told) return "?";
  const std::uint16_t port = config.sip.port != 0 ? config.sip.port : running_server(config).sip_port;
  return port != 0 ? told->sip.with_port(port).text() : told->sip.ip_text();
}

void print_account(const api::SipAccount& account, bool json) {
  if (json) return void(std::printf("%s\n", api::json_of(account).dump().c_str()));
  std::printf(
      "Set up the phone of operator %s with\n"
      "  user      %s\n"
      "  password  %s\n"
      "  server    %s\n"
      "  realm     %s\n"
      "The password is not kept and not shown again; \"daedap operator password %s\" makes a new one.\n",
      account.user.c_str(), account.user.c_str(), account.password.c_str(), account.server.c_str(),
      account.realm.c_str(), account.user.c_str());
}

base::Result<void> add(const OperatorOptions& o, const Config& config, store::OperatorTable table) {
  call::Operator op = o.add;
  if (o.no_account) return table.add(op);
  const api::SipAccount account{op.id, config.sip.realm, random_password(), phone_server(config)};
  take_secret(op, sip_secret(op.id, account.realm, account.password));
  if (auto added = table.add(op); !added) return added;
  print_account(account, o.json);
  return {};
}

base::Result<void> new_password(const OperatorOptions& o, const Config& config, store::OperatorTable table) {
  const api::SipAccount account{o.id, config.sip.realm, random_password(), phone_server(config)};
  if (auto kept = table.set_secret(o.id, sip_secret(o.id, account.realm, account.password)); !kept)
    return kept;
  print_account(account, o.json);
  return {};
}

base::Result<void> change(OperatorOptions& o, store::OperatorTable table) {
  for (std::size_t i = 0; i < call::miss_count; ++i)
    if (!o.on_miss[i].empty())
      o.change.on_miss[i] = call::fallback(o.on_miss[i]);  // "default" is none: as configured
  const auto changed = table.change(o.id, o.change);
  if (!changed) return tl::unexpected(changed.error());
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

/// One subcommand and what it does with the operators.
using Work = std::function<base::Result<void>(const Config&, store::OperatorTable)>;
CLI::App* word(CLI::App& command, const std::shared_ptr<OperatorOptions>& o, int& code, const char* name,
               const char* help, Work work) {
  CLI::App* sub = command.add_subcommand(name, help);
  sub->callback([o, &code, work = std::move(work)] {
    code = with_database(o->config, [&](const Config& config, store::Database& db) {
      return work(config, store::OperatorTable(db));
    });
  });
  return sub;
}

void add_account_words(CLI::App& command, const std::shared_ptr<OperatorOptions>& o, int& code) {
  CLI::App* sub =
      word(command, o, code, "add", "adds an operator with a SIP account; prints its password once",
           [o](const Config& c, store::OperatorTable t) { return add(*o, c, t); });
  sub->add_option("id", o->add.id, "user part of the SIP address: 1001")->required();
  sub->add_option("name,--name", o->add.name, "name as it is spoken")->required();
  sub->add_option("--language", o->add.language, "language of the greeting and the conversation")
      ->check(CLI::IsMember({"ko", "en"}));
  sub->add_option("--voice", o->add.voice, "voice of the synthesiser, e.g. ko+f3");
  sub->add_option("--greeting", o->add.greeting, "own greeting; {operator} is filled in");
  sub->add_option("--message", o->add.away_message, "spoken after the greeting while away");
  sub->add_flag("--no-account", o->no_account, "without a SIP account: no phone can register");
  sub->add_flag("--json", o->json, "prints the account as JSON");
  sub = word(command, o, code, "password", "gives an operator's account a new password and prints it once",
             [o](const Config& c, store::OperatorTable t) { return new_password(*o, c, t); });
  sub->add_option("id", o->id, "the operator")->required();
  sub->add_flag("--json", o->json, "prints the account as JSON");
}

void add_change_words(CLI::App& command, const std::shared_ptr<OperatorOptions>& o, int& code) {
  CLI::App* sub = word(command, o, code, "set", "changes an operator: who takes missed calls, name, voice",
                       [o](const Config&, store::OperatorTable t) { return change(*o, t); });
  sub->add_option("id", o->id, "the operator")->required();
  for (std::size_t i = 0; i < call::miss_count; ++i)
    sub->add_option(miss_flags[i], o->on_miss[i], "ai, reject, forward, or default: as configured")
        ->check(CLI::IsMember({"ai", "reject", "forward", "default"}));
  sub->add_option("--forward-to", o->change.forward_to, "number or SIP URI");
  sub->add_option("--name", o->change.name, "name as it is spoken");
  sub->add_option("--language", o->change.language, "ko or en")->check(CLI::IsMember({"ko", "en"}));
  sub->add_option("--voice", o->change.voice, "voice of the synthesiser");
  sub->add_option("--greeting", o->change.greeting, "own greeting; empty = the configured one");
  sub = word(command, o, code, "status", "sets an operator's status",
             [o](const Config&, store::OperatorTable t) {
               return t.set_status(o->id, *call::operator_status(o->status), o->message);
             });
  sub->add_option("id", o->id, "the operator")->required();
  sub->add_option("status", o->status, "available, away, busy or offline")
      ->required()
      ->check(CLI::IsMember({"available", "away", "busy", "offline"}));
  sub->add_option("--message", o->message, "spoken after the greeting while away");
}

}  // namespace

void add_operator(CLI::App& app, int& code) {
  auto o = std::make_shared<OperatorOptions>();
  CLI::App* command = app.add_subcommand("operator", "operators: add, password, set, status, list, remove");
  command->require_subcommand(1);
  command->fallthrough();
  command->add_option("--config", o->config, "configuration file")->required();
  add_account_words(*command, o, code);
  add_change_words(*command, o, code);
  word(*command, o, code, "list", "shows the operators",
       [](const Config&, store::OperatorTable t) { return print_list(t); });
  word(*command, o, code, "remove", "removes an operator",
       [o](const Config&, store::OperatorTable t) { return t.remove(o->id); })
      ->add_option("id", o->id, "the operator")
      ->required();
  word(*command, o, code, "first", "adds two operators to begin with when there are none",
       [](const Config&, store::OperatorTable t) { return add_first(t); });
}

}  // namespace daedap::server
