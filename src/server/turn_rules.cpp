#include "server/turn_rules.hpp"

#include <fstream>
#include <iterator>

#include "engines/engine_set.hpp"

namespace daedap::server {
namespace {

base::Result<std::string> file_of(const std::string& folder, const std::string& language) {
  const std::string name = language + ".rules";
  if (!folder.empty()) return folder + "/" + name;
  const auto packaged = engines::find_packaged("turns/" + name);
  if (!packaged) return tl::unexpected(packaged.error());
  return packaged->string();
}

}  // namespace

base::Result<speech::turn::Rules> load_turn_rules(const std::string& folder, const std::string& language) {
  const auto file = file_of(folder, language);
  if (!file) return tl::unexpected(file.error());
  std::ifstream in(*file, std::ios::binary);
  if (!in) return base::fail(base::Code::not_found, "turn rules cannot be read", *file);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  auto rules = speech::turn::Rules::parse(text);
  if (!rules) return base::fail(rules.error().code, rules.error().text, *file + ": " + rules.error().detail);
  return rules;
}

base::Result<speech::turn::RuleBook> load_turn_rules(const std::string& folder) {
  speech::turn::RuleBook out;
  for (const char* language : {"ko", "en"}) {
    auto rules = load_turn_rules(folder, language);
    if (!rules) return tl::unexpected(rules.error());
    out.languages.push_back(std::move(*rules));
  }
  return out;
}

}  // namespace daedap::server
