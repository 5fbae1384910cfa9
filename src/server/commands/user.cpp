#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "server/commands/commands.hpp"
#include "server/commands/state.hpp"
#include "server/sip_account.hpp"
#include "store/accounts.hpp"

namespace daedap::server {
namespace {

struct UserOptions {
  std::string config, name, role = "admin";
};

/// Generates a password, hands its hash to `keep` and prints it once.
base::Result<void> with_new_password(const std::function<base::Result<void>(const std::string& hash)>& keep) {
  const std::string password = random_password();
  const auto hash = store::hash_password(password);
  if (!hash) return tl::unexpected(hash.error());
  if (auto kept = keep(*hash); !kept) return kept;
  std::printf("%s\n", password.c_str());
  return {};
}

base::Result<void> add_first(store::UserTable table) {
  const auto list = table.list();
  if (!list || !list->empty()) return list ? base::Result<void>{} : tl::unexpected(list.error());
  return with_new_password([&](const std::string& hash) { return table.add("admin", hash, "admin"); });
}

base::Result<void> print_list(store::UserTable table) {
  const auto list = table.list();
  if (!list) return tl::unexpected(list.error());
  for (const store::Account& account : *list) std::printf("%-20s %s\n", account.name.c_str(), account.role.c_str());
  return {};
}

}  // namespace

void add_user(CLI::App& app, int& code) {
  auto o = std::make_shared<UserOptions>();
  CLI::App* command = app.add_subcommand("user", "API and console users: add, list, remove, password, token, first");
  command->require_subcommand(1);
  command->fallthrough();
  command->add_option("--config", o->config, "configuration file")->required();
  const auto word = [&](const char* name, const char* help, bool named, std::function<base::Result<void>(store::Database&)> work) {
    CLI::App* sub = command->add_subcommand(name, help);
    if (named) sub->add_option("name", o->name, "whom")->required();
    if (named) sub->add_option("--role", o->role, "admin or viewer")->check(CLI::IsMember({"admin", "viewer"}));
    sub->callback([o, &code, work] { code = with_database(o->config, [&](const Config&, store::Database& db) { return work(db); }); });
  };
  word("add", "adds a user and prints the generated password", true, [o](store::Database& db) {
    return with_new_password([&](const std::string& hash) { return store::UserTable(db).add(o->name, hash, o->role); });
  });
  word("password", "gives a user a new generated password", true, [o](store::Database& db) {
    return with_new_password([&](const std::string& hash) { return store::UserTable(db).set_password(o->name, hash); });
  });
  word("remove", "removes a user", true, [o](store::Database& db) { return store::UserTable(db).remove(o->name); });
  word("token", "makes a bearer token and prints it", true, [o](store::Database& db) -> base::Result<void> {
    const auto token = store::TokenTable(db).add(o->name, o->role);
    if (!token) return tl::unexpected(token.error());
    std::printf("%s\n", token->c_str());
    return {};
  });
  word("list", "shows the users", false, [](store::Database& db) { return print_list(store::UserTable(db)); });
  word("first", "makes the user admin and prints its password when there is no user yet", false,
       [](store::Database& db) { return add_first(store::UserTable(db)); });
}

}  // namespace daedap::server
