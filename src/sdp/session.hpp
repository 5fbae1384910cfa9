#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"

namespace daedap::sdp {

/// `a=name` or `a=name:value`.
struct Attribute {
  std::string name;
  std::string value;
};

/// A c= line. Without an address when it names a host: the core resolves no names.
struct Connection {
  std::optional<base::Address> address;
  friend bool operator==(const Connection&, const Connection&) = default;
};

/// One m= line and what follows it.
struct MediaLine {
  std::string type;      // "audio"
  std::uint16_t port = 0;  // 0 = refused
  std::string protocol;  // "RTP/AVP"
  std::vector<std::string> formats;
  std::optional<Connection> connection;
  std::vector<Attribute> attributes;

  /// The value of the first attribute of that name.
  const std::string* attribute(std::string_view name) const;
};

/// A session description, parsed in one pass. Lines that we do not use are checked for their form
/// and dropped. spec  RFC 8866 §5, §9
/// differs:  s= and t= may be absent and any order of session lines is taken, as devices do that
struct Session {
  static constexpr std::size_t max_bytes = 32 * 1024;
  static constexpr std::size_t max_media = 64;
  static constexpr std::size_t max_attributes = 256;  // per m-line, and for the session
  static constexpr std::size_t max_formats = 64;      // per m-line

  std::uint64_t session_id = 0;  // of o=; 0 when over 64 bits
  std::uint64_t version = 0;
  std::string timing = "0 0";  // of the first t=
  std::optional<Connection> connection;
  std::vector<Attribute> attributes;
  std::vector<MediaLine> media;

  const std::string* attribute(std::string_view name) const;

  /// errors  bad_syntax, too_large (a cap above)   cost  linear, stops at the first fault
  static base::Result<Session> parse(std::string_view text);
};

}  // namespace daedap::sdp
