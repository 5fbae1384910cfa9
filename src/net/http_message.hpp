#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.hpp"

namespace daedap::net {

/// One HTTP request, complete. Header names are lower case.
/// spec  RFC 9110, RFC 9112
struct HttpRequest {
  std::string method;
  std::string target;                        // as sent
  std::string path;                          // percent-decoded, without the query
  std::map<std::string, std::string> query;  // percent-decoded; the last of equal keys
  std::map<std::string, std::string> headers;
  std::string body;
  base::Address remote;
  std::map<std::string, std::string> params;  // filled by the router from {name} parts of the path

  /// The header's value, "" when absent. `lower_name` is lower case.
  std::string_view header(std::string_view lower_name) const;
  /// The cookie's value, "" when absent. spec  RFC 6265 §4.2
  std::string_view cookie(std::string_view cookie_name) const;
};

/// One HTTP response. With `file`, the body is that file, in the byte range that was asked for.
struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<std::filesystem::path> file;
};

/// Answers one request, once (a second call does nothing). Dropped without an answer: 500.
/// thread  any
using Respond = std::function<void(HttpResponse)>;
/// thread  the server's loop; must not block
using Handler = std::function<void(HttpRequest, Respond)>;

/// Splits `request.target` into path and query. False: bad escape, NUL, or a ".." segment.
bool split_target(HttpRequest& request);
/// "%41+b" -> "A b" (the plus only in queries). Nothing on a bad escape.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);

/// A part of a file: first byte and length.
struct ByteRange {
  std::uint64_t first = 0, length = 0;
};
enum class RangeAnswer { whole, part, unsatisfiable };
/// Reads a Range header against a file of `size` bytes. Several ranges, other units and bad syntax
/// are answered with the whole file. spec  RFC 9110 §14.1.2, §14.2
RangeAnswer byte_range(std::string_view header, std::uint64_t size, ByteRange& out);

}  // namespace daedap::net
