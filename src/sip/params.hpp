#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sip/grammar.hpp"

namespace daedap::sip {

/// One `;name=value` or `;name`. In headers the value stands as on the wire (quotes kept); in URIs
/// it is unescaped.
struct Param {
  std::string name;
  std::optional<std::string> value;

  friend bool operator==(const Param&, const Param&) = default;
};

/// Parameters in the order they came. Names are compared without regard to case.
class Params {
 public:
  /// Over it, parsing says Code::too_large; no telephone sends more than a dozen.
  static constexpr std::size_t max_count = 64;

  /// `;a=b;c="d"` at the scanner up to the end of its text or a character that is no parameter.
  /// errors  bad_syntax (`;;`, `;=x`), too_large     spec  RFC 3261 §25.1 generic-param
  static base::Result<Params> parse(Scanner& in);

  void add(std::string_view name, std::optional<std::string> value = {});
  /// Replaces the first of that name or adds it.
  void set(std::string_view name, std::optional<std::string> value = {});
  void remove(std::string_view name);

  std::string write() const;

  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// The value as it is stored; nullopt when the parameter is absent or has no value.
  std::optional<std::string_view> value(std::string_view name) const;
  const Param* find(std::string_view name) const;
  const std::vector<Param>& list() const { return list_; }
  bool empty() const { return list_.empty(); }

  friend bool operator==(const Params&, const Params&) = default;

 private:
  std::vector<Param> list_;
};

}  // namespace daedap::sip
