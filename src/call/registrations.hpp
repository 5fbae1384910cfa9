#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sip/registrar/registrar.hpp"

namespace daedap::call {

/// Where the operators' telephones are: each shard's read-only copy of what shard 0's registrar holds,
/// replaced as a whole when it changes. To call one: request URI = `contact`, flow = `flow`.
class Contacts {
 public:
  Contacts() = default;
  explicit Contacts(std::map<std::string, std::vector<sip::Binding>> all);

  /// Best q first, then the newest; empty when the operator is not registered.
  std::span<const sip::Binding> find(std::string_view id) const;
  bool registered(std::string_view id) const { return !find(id).empty(); }
  /// Whose registration this flow belongs to (the same connection; over UDP the same address and port);
  /// empty = nobody's.
  std::string id_of(const sip::Flow& flow) const;
  /// Whether any telephone is registered from this IP address.
  bool any_from(const base::Address& source) const;
  const std::map<std::string, std::vector<sip::Binding>, std::less<>>& all() const { return all_; }

 private:
  std::map<std::string, std::vector<sip::Binding>, std::less<>> all_;
};

}  // namespace daedap::call
