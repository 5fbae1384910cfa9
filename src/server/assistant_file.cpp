#include "server/assistant_file.hpp"

#include "engines/assistant/loader.hpp"
#include "engines/engine_set.hpp"

namespace daedap::server {

std::vector<ConfigFault> assistant_faults(const Config& config) {
  std::string file = config.engines.assistant;
  if (file.empty()) {
    const auto found = engines::find_assistant();
    if (!found) return {{config.path, 0, "engines.assistant", found.error().message()}};
    file = *found;
  }
  std::vector<ConfigFault> faults;
  const auto script = engines::assistant::load_script(file);
  if (!script)
    for (const engines::assistant::ScriptError& e : script.error()) faults.push_back({file, e.line, e.key, e.what});
  return faults;
}

}  // namespace daedap::server
