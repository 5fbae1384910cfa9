#include "server/models.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "net/https_get.hpp"
#include "server/commands/commands.hpp"

namespace daedap::server {
namespace {

struct ModelOptions {
  std::string config, name, file;
};

int told(const base::Result<StoredModel>& stored) {
  if (!stored) {
    std::cerr << "daedap: " << stored.error().message() << "\n";
    return exit_failed;
  }
  if (stored->version.empty()) {
    std::cerr << "warning: nobody published a file with SHA-256 " << stored->sha256
              << " that this program knows; it is used even so\n";
  }
  std::printf("%s (%s)\nA running server takes it with its next start.\n", stored->file.c_str(),
              stored->version.empty() ? "unknown" : stored->version.c_str());
  return exit_good;
}

int list(const Config& config) {
  for (const KnownModel& model : known_models()) {
    std::printf("%s: %s; licence %s\n  from %s\n", model.name, model.what, model.licence, model.url);
    const auto stored = stored_silero(config);
    if (!stored)
      std::printf("  not installed: daedap models fetch %s\n", model.name);
    else
      std::printf("  installed: %s (%s)\n", stored->file.c_str(),
                  stored->version.empty() ? "unknown file" : stored->version.c_str());
  }
  return exit_good;
}

int fetch(const Config& config, const KnownModel& model) {
  return told(
      fetch_silero(config, model, [](const std::string& url) { return net::https_get({.url = url}); }));
}

int add(const Config& config, const std::string& path) {
  const auto bytes = read_model_file(path);
  if (!bytes) return told(tl::unexpected(bytes.error()));
  return told(store_silero(config, *bytes));
}

}  // namespace

void add_models(CLI::App& app, int& code) {
  auto o = std::make_shared<ModelOptions>();
  CLI::App* command =
      app.add_subcommand("models", "files of others that the server can use: list, fetch, add");
  command->require_subcommand(1);
  command->fallthrough();
  command->add_option("--config", o->config, "configuration file")->required();
  const auto word = [&](const char* name, const char* help, auto options,
                        std::function<int(const Config&)> work) {
    CLI::App* sub = command->add_subcommand(name, help);
    options(*sub);
    sub->callback([o, &code, work] {
      const ConfigReading reading = read_config(o->config);
      for (const ConfigFault& fault : reading.faults) std::cerr << fault.text() << "\n";
      code = reading.faults.empty() ? work(reading.config) : exit_usage;
    });
  };
  std::vector<std::string> names;
  for (const KnownModel& model : known_models()) names.emplace_back(model.name);
  const auto named = [o, names](CLI::App& sub) {
    sub.add_option("name", o->name, "which one")->required()->check(CLI::IsMember(names));
  };
  word(
      "list", "shows which there are and which are installed", [](CLI::App&) {}, list);
  word("fetch", "fetches one from its authors", named,
       [o](const Config& c) { return fetch(c, *find_model(o->name)); });
  word(
      "add", "takes one from a file",
      [o, named](CLI::App& sub) {
        named(sub);
        sub.add_option("file", o->file, ".onnx or .safetensors")->required();
      },
      [o](const Config& c) { return add(c, o->file); });
}

}  // namespace daedap::server
