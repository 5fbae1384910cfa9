#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace daedap::sip {

/// One header field: canonical long name ("Via" for "v"), value with folding undone.
struct Header {
  std::string name;
  std::string value;
};

/// Caps of the parser; over one is Code::too_large.
struct Limits {
  std::size_t message = 65'536;
  std::size_t headers = 256;
  std::size_t line = 16'384;
};

/// A parsed SIP request or response. Owns its text; header order is kept.
/// spec  RFC 3261 §7, §25
struct Message {
  std::string method;       // requests; empty in responses
  std::string request_uri;
  int status = 0;           // responses; 0 in requests
  std::string reason;
  std::vector<Header> headers;
  std::string body;

  bool is_request() const { return status == 0; }
  /// First value of a header, nullopt when it is absent; `name` in any case, long form.
  std::optional<std::string_view> header(std::string_view name) const;
  /// All values in order; comma-joined ones are split for list headers (Via, Route, Contact, ...).
  std::vector<std::string_view> all(std::string_view name) const;
  void add(std::string_view name, std::string value);
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);

  /// errors  bad_syntax (answer 400 when it was a request that can be answered), too_large,
  ///         unsupported (not SIP/2.0)       cost  one pass, < 1 ms for 64 kB
  static base::Result<Message> parse(std::string_view bytes, const Limits& limits = {});
  /// Content-Length is always written anew.
  std::string write() const;
};

}  // namespace daedap::sip
