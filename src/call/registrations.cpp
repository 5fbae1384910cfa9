#include "call/registrations.hpp"

#include <algorithm>

namespace daedap::call {

Contacts::Contacts(std::map<std::string, std::vector<sip::Binding>> all)
    : all_(std::make_move_iterator(all.begin()), std::make_move_iterator(all.end())) {}

std::span<const sip::Binding> Contacts::find(std::string_view id) const {
  const auto at = all_.find(id);
  if (at == all_.end()) return {};
  return at->second;
}

std::string Contacts::id_of(const sip::Flow& flow) const {
  for (const auto& [id, bindings] : all_) {
    if (std::any_of(bindings.begin(), bindings.end(), [&](const sip::Binding& b) { return b.flow == flow; })) return id;
  }
  return {};
}

bool Contacts::any_from(const base::Address& source) const {
  return std::any_of(all_.begin(), all_.end(), [&](const auto& entry) {
    return std::any_of(entry.second.begin(), entry.second.end(),
                       [&](const sip::Binding& b) { return b.flow.remote.same_ip(source); });
  });
}

}  // namespace daedap::call
