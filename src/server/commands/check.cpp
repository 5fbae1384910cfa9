#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "server/assistant_file.hpp"
#include "server/commands/commands.hpp"
#include "server/config.hpp"
#include "server/config_page.hpp"
#include "server/tls_files.hpp"

namespace daedap::server {

void add_check(CLI::App& app, int& code) {
  struct Options {
    std::string config;
    bool schema = false, keys = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("check", "validates the configuration; names every fault");
  command->add_option("--config", options->config, "configuration file");
  command->add_flag("--schema", options->schema, "prints the JSON Schema of the file");
  command->add_flag("--keys", options->keys, "prints docs/configuration.md: every key and its default");
  command->callback([options, &code] {
    if (options->keys) {
      std::cout << config_page();
      return;
    }
    if (options->schema) {
      std::cout << config_schema();
      return;
    }
    if (options->config.empty()) throw CLI::RequiredError("--config");
    ConfigReading reading = read_config(options->config);
    for (const ConfigFault& fault : assistant_faults(reading.config)) reading.faults.push_back(fault);
    const TlsReading tls = read_tls(reading.config);
    reading.faults.insert(reading.faults.end(), tls.faults.begin(), tls.faults.end());
    for (const std::string& warning : tls.warnings) std::cerr << "warning: " << warning << "\n";
    for (const ConfigFault& fault : reading.faults) std::cerr << fault.text() << "\n";
    for (const std::string& note : reading.notes) std::cout << note << "\n";
    if (reading.faults.empty()) std::cout << options->config << " is good\n";
    code = reading.faults.empty() ? exit_good : exit_usage;
  });
}

}  // namespace daedap::server
