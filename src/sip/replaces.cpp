#include "sip/replaces.hpp"

#include <algorithm>

#include "sip/grammar.hpp"
#include "sip/params.hpp"

namespace daedap::sip {
namespace {

/// The value of a parameter that must stand exactly once.
base::Result<std::string> single(const Params& params, std::string_view name) {
  const auto& list = params.list();
  const auto named = [name](const Param& p) { return same_word(p.name, name); };
  const auto value = params.value(name);
  if (!value || std::count_if(list.begin(), list.end(), named) != 1 || !is_token(*value)) {
    return base::fail(base::Code::bad_syntax, "tag of Replaces");
  }
  return std::string(*value);
}

}  // namespace

base::Result<Replaces> Replaces::parse(std::string_view value) {
  Scanner in(trim(value));
  Replaces out;
  out.call_id = trim(in.take_until(";"));
  if (!is_call_id(out.call_id)) return base::fail(base::Code::bad_syntax, "Call-ID of Replaces");
  const auto params = Params::parse(in);
  if (!params) return tl::unexpected(params.error());
  in.skip_space();
  if (!in.at_end()) return base::fail(base::Code::bad_syntax, "text after Replaces");
  const auto to = single(*params, "to-tag");
  if (!to) return tl::unexpected(to.error());
  const auto from = single(*params, "from-tag");
  if (!from) return tl::unexpected(from.error());
  out.to_tag = *to;
  out.from_tag = *from;
  out.early_only = params->has("early-only");
  return out;
}

std::string Replaces::write() const {
  return call_id + ";to-tag=" + to_tag + ";from-tag=" + from_tag + (early_only ? ";early-only" : "");
}

}  // namespace daedap::sip
