#include "sip/params.hpp"

#include <algorithm>

namespace daedap::sip {
namespace {

/// gen-value = token / host / quoted-string; IPv6 also without brackets, as `received` has it.
base::Result<std::string> parse_value(Scanner& in) {
  if (in.peek() == '"') {
    const auto quoted = in.take_quoted();
    if (quoted.empty()) return base::fail(base::Code::bad_syntax, "quoted value does not end");
    return std::string(quoted);
  }
  const auto value = in.take_until(";, \t\"<>?\\");
  if (value.empty()) return base::fail(base::Code::bad_syntax, "parameter without value after =");
  if (std::any_of(value.begin(), value.end(), is_control)) {
    return base::fail(base::Code::bad_syntax, "control character in a parameter");
  }
  return std::string(value);
}

}  // namespace

base::Result<Params> Params::parse(Scanner& in) {
  Params params;
  while (in.take(';')) {
    if (params.list_.size() >= max_count) return base::fail(base::Code::too_large, "parameters");
    const auto name = in.take_token();
    if (name.empty()) return base::fail(base::Code::bad_syntax, "empty parameter");
    Param& param = params.list_.emplace_back();
    param.name = name;
    if (!in.take('=')) continue;
    auto value = parse_value(in);
    if (!value) return tl::unexpected(std::move(value.error()));
    param.value = std::move(*value);
  }
  return params;
}

void Params::add(std::string_view name, std::optional<std::string> value) {
  list_.push_back({std::string(name), std::move(value)});
}

void Params::set(std::string_view name, std::optional<std::string> value) {
  for (Param& p : list_) {
    if (!same_word(p.name, name)) continue;
    p.value = std::move(value);
    return;
  }
  add(name, std::move(value));
}

void Params::remove(std::string_view name) {
  std::erase_if(list_, [name](const Param& p) { return same_word(p.name, name); });
}

std::string Params::write() const {
  std::string out;
  for (const Param& p : list_) {
    out += ';';
    out += p.name;
    if (p.value) {
      out += '=';
      out += *p.value;
    }
  }
  return out;
}

std::optional<std::string_view> Params::value(std::string_view name) const {
  const Param* p = find(name);
  if (!p || !p->value) return std::nullopt;
  return std::string_view(*p->value);
}

const Param* Params::find(std::string_view name) const {
  for (const Param& p : list_) {
    if (same_word(p.name, name)) return &p;
  }
  return nullptr;
}

}  // namespace daedap::sip
