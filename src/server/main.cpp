#include <CLI/CLI.hpp>
#include <sodium.h>

#include <iostream>

#include "server/commands/commands.hpp"

int main(int argc, char** argv) {
  using namespace daedap::server;
  if (sodium_init() < 0) {
    std::cerr << "daedap: no random numbers from the system\n";
    return exit_failed;
  }
  CLI::App app{"Daedap answers a contact centre's telephone."};
  app.require_subcommand(1);
  app.set_version_flag("--version", DAEDAP_VERSION);
  int code = exit_good;
  add_serve(app, code);
  add_call(app, code);
  add_check(app, code);
  add_operator(app, code);
  add_user(app, code);
  add_calls(app, code);
  add_wait(app, code);
  add_doctor(app, code);
  add_turns(app, code);
  add_models(app, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exit_good : exit_usage;
  } catch (const std::exception& e) {
    std::cerr << "daedap: " << e.what() << "\n";
    return exit_failed;
  }
  return code;
}
