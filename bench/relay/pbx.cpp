#include "bench/relay/pbx.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "server/sip_account.hpp"
#include "store/database.hpp"
#include "store/operator_table.hpp"

namespace daedap::bench {
namespace {

constexpr int operators = 20;

std::string program() { return (std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "daedap").string(); }

}  // namespace

Pbx::Pbx(const Folder& folder, const Settings& settings) {
  const std::string state = folder.path(settings.name), file = state + ".yaml";
  std::filesystem::create_directories(state);
  if (!add_accounts(state)) return;
  std::ofstream(file) << "state: " << state << "\nshards: 1\ndrain_timeout_s: 0\nsip:\n  bind: 127.0.0.1\n  port: 0\n"
                      << "media:\n  first_port: " << settings.first_port << "\n  last_port: " << settings.last_port
                      << "\n  srtp: " << (settings.srtp ? "required" : "off") << "\nhttp:\n  port: 0\nengines:\n  stt: none\n"
                      << "recording:\n  enabled: " << (settings.record ? "true" : "false")
                      << "\n  bridged: " << (settings.record ? "true" : "false") << "\n  post_transcription: false\nlistener: {enabled: false}\n";
  process_ = std::make_unique<Process>(std::vector<std::string>{program(), "serve", "--config", file}, state + ".log");
  const std::string said = "SIP on port ";
  const std::string text = process_->wait_for([&](const std::string& t) { return t.find(said) != t.npos && t.ends_with('\n'); }, 30);
  if (text.empty()) return;
  process_->wait_idle(15);  // sentences of the operators are made ahead
  sip_port_ = static_cast<std::uint16_t>(std::strtoul(text.c_str() + text.find(said) + said.size(), nullptr, 10));
}

bool Pbx::add_accounts(const std::string& state) {
  auto db = store::Database::open(state + "/daedap.db");
  if (!db) return false;
  store::OperatorTable table(*db);
  for (int i = 0; i < operators; ++i) {
    accounts_.push_back({std::to_string(2001 + i), server::random_password()});
    call::Operator one;
    one.id = accounts_.back().id;
    one.name = "Mina";
    one.language = "en";
    one.status = call::OperatorStatus::available;
    server::take_secret(one, server::sip_secret(one.id, "daedap", accounts_.back().password));
    if (!table.add(one)) return false;
  }
  return true;
}

}  // namespace daedap::bench
