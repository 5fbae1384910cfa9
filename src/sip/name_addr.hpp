#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/params.hpp"
#include "sip/uri.hpp"

namespace daedap::sip {

/// One value of From, To, Contact, Route or Record-Route: `"Display" <uri>;params` or `uri;params`.
/// Contact's `*` has `star` set and nothing else.
/// spec  RFC 3261 §20.10, §20.20, §20.39, §25.1
struct NameAddr {
  std::string display;  // without quotes and backslashes
  Uri uri;
  Params params;
  bool star = false;

  /// One value; split lists with Message::all first.
  /// errors  bad_syntax (open quote, spaces inside <>, "?" or "," outside <>), too_large
  static base::Result<NameAddr> parse(std::string_view value);
  /// Always with <>, so that parameters cannot change sides.
  std::string write() const;

  std::optional<std::string_view> tag() const { return params.value("tag"); }
  void set_tag(std::string_view tag) { params.set("tag", std::string(tag)); }
};

}  // namespace daedap::sip
