#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace daedap::server {

/// Exit codes of the command line.
enum Exit { exit_good = 0, exit_failed = 1, exit_usage = 2 };

/// Each adds its subcommand to `app`; when it is chosen, it runs and leaves its exit code in `code`.
void add_serve(CLI::App& app, int& code);
void add_call(CLI::App& app, int& code);
void add_check(CLI::App& app, int& code);
void add_operator(CLI::App& app, int& code);
void add_user(CLI::App& app, int& code);
void add_calls(CLI::App& app, int& code);
void add_wait(CLI::App& app, int& code);
void add_doctor(CLI::App& app, int& code);
void add_turns(CLI::App& app, int& code);
/// Below `turns`.
void add_turns_fit(CLI::App& turns, int& code);
void add_turns_replay(CLI::App& turns, int& code);
void add_models(CLI::App& app, int& code);

}  // namespace daedap::server
