#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace daedap::sip {

/// The value of a Replaces header: a dialog as the receiver of the INVITE knows it.
/// spec  RFC 3891 §6.1
struct Replaces {
  std::string call_id;
  std::string to_tag;    // the receiver's own
  std::string from_tag;  // of who it talks to
  bool early_only = false;

  /// errors  bad_syntax (a tag is missing or stands twice), too_large
  static base::Result<Replaces> parse(std::string_view value);
  std::string write() const;
};

}  // namespace daedap::sip
