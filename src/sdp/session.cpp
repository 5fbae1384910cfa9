#include "sdp/session.hpp"

#include <algorithm>

#include "sdp/text.hpp"

namespace daedap::sdp {
namespace {

using base::Code;
using base::fail;
using Done = base::Result<bool>;

const std::string* find(const std::vector<Attribute>& attributes, std::string_view name) {
  const auto it = std::find_if(attributes.begin(), attributes.end(),
                               [&](const Attribute& a) { return a.name == name; });
  return it == attributes.end() ? nullptr : &it->value;
}

// What may stand in a line at all: no control characters but the tab.
bool clean(std::string_view line) {
  return std::all_of(line.begin(), line.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u >= 0x20 && u != 0x7F) || c == '\t';
  });
}

bool host_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
}

bool looks_numeric(std::string_view text) {
  return text.find_first_not_of("0123456789.") == std::string_view::npos;
}

// "IN IP4 192.0.2.1[/ttl]", the text after "c=".
base::Result<Connection> parse_connection(std::string_view value) {
  if (take(value, ' ') != "IN") return fail(Code::bad_syntax, "c= is not of the Internet");
  const std::string_view family = take(value, ' ');
  if (family != "IP4" && family != "IP6") return fail(Code::bad_syntax, "c= is not IP4 or IP6");
  const std::string_view host = take(value, '/');
  const auto address = base::Address::parse_ip(host);
  if (address && address->v6 == (family == "IP6")) return Connection{*address};
  if (address || !host_name(host) || looks_numeric(host)) {
    return fail(Code::bad_syntax, "c= has no address");
  }
  return Connection{};
}

// "audio 49170[/2] RTP/AVP 0 8", the text after "m=".
base::Result<MediaLine> parse_media(std::string_view value) {
  MediaLine line;
  line.type = take(value, ' ');
  std::string_view ports = take(value, ' ');
  const auto port = number<std::uint16_t>(take(ports, '/'));
  if (!is_token(line.type) || !port) return fail(Code::bad_syntax, "m= has no media and port");
  if (!ports.empty() && !number<std::uint16_t>(ports)) {
    return fail(Code::bad_syntax, "m= has a bad port count");
  }
  line.port = *port;
  line.protocol = take(value, ' ');
  for (std::string_view rest = line.protocol; !rest.empty();) {
    if (!is_token(take(rest, '/'))) return fail(Code::bad_syntax, "m= has a bad protocol");
  }
  while (!value.empty()) {
    const std::string_view format = take(value, ' ');
    if (format.empty() && value.empty()) break;  // a space at the end
    if (!is_token(format)) return fail(Code::bad_syntax, "m= has a bad format");
    if (line.formats.size() == Session::max_formats) {
      return fail(Code::too_large, "over 64 formats in one m=");
    }
    line.formats.emplace_back(format);
  }
  if (line.protocol.empty() || line.formats.empty()) {
    return fail(Code::bad_syntax, "m= has no protocol or format");
  }
  return line;
}

// Feeds lines to the session or to its newest m-line.
class Builder {
 public:
  Done line(char key, std::string_view value) {
    switch (key) {
      case 'v': return version(value);
      case 'o': return origin(value);
      case 't': return timing(value);
      case 'c': return connection(value);
      case 'a': return attribute(value);
      case 'm': return media(value);
      default: return true;
    }
  }

  base::Result<Session> take_session() {
    if (!has_origin_) return fail(Code::bad_syntax, "no o=");
    return std::move(session_);
  }

 private:
  Done version(std::string_view value) {
    if (value != "0") return fail(Code::bad_syntax, "v= is not 0");
    return true;
  }

  Done origin(std::string_view value) {
    std::string_view part[6];
    for (auto& p : part) p = take(value, ' ');
    const bool digits = part[1].find_first_not_of("0123456789") == std::string_view::npos &&
                        part[2].find_first_not_of("0123456789") == std::string_view::npos;
    if (has_origin_ || part[5].empty() || part[1].empty() || part[2].empty() || !digits) {
      return fail(Code::bad_syntax, "o= is not six fields");
    }
    session_.session_id = number<std::uint64_t>(part[1]).value_or(0);
    session_.version = number<std::uint64_t>(part[2]).value_or(0);
    has_origin_ = true;
    return true;
  }

  Done timing(std::string_view value) {
    std::string_view rest = value;
    const bool fits = number<std::uint64_t>(take(rest, ' ')) && number<std::uint64_t>(rest);
    if (!fits) return fail(Code::bad_syntax, "t= is not two numbers");
    if (!has_timing_) session_.timing = value;
    has_timing_ = true;
    return true;
  }

  Done connection(std::string_view value) {
    auto parsed = parse_connection(value);
    if (!parsed) return tl::unexpected(parsed.error());
    auto& place = session_.media.empty() ? session_.connection : session_.media.back().connection;
    if (!place) place = *parsed;
    return true;
  }

  Done attribute(std::string_view value) {
    auto& list = session_.media.empty() ? session_.attributes : session_.media.back().attributes;
    if (list.size() == Session::max_attributes) return fail(Code::too_large, "over 256 a= lines");
    const std::string_view name = take(value, ':');
    if (!is_token(name)) return fail(Code::bad_syntax, "a= has no name");
    list.push_back({std::string(name), std::string(value)});
    return true;
  }

  Done media(std::string_view value) {
    if (session_.media.size() == Session::max_media) {
      return fail(Code::too_large, "over 64 m= lines");
    }
    auto parsed = parse_media(value);
    if (!parsed) return tl::unexpected(parsed.error());
    session_.media.push_back(std::move(*parsed));
    return true;
  }

  Session session_;
  bool has_origin_ = false;
  bool has_timing_ = false;
};

}  // namespace

const std::string* MediaLine::attribute(std::string_view name) const {
  return find(attributes, name);
}
const std::string* Session::attribute(std::string_view name) const {
  return find(attributes, name);
}

base::Result<Session> Session::parse(std::string_view text) {
  if (text.size() > max_bytes) return fail(Code::too_large, "SDP over 32 kB");
  if (text.substr(0, 2) != "v=") return fail(Code::bad_syntax, "SDP does not start with v=");
  Builder builder;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;  // blank lines at the end are common
    if (line.size() < 2 || line[1] != '=' || line[0] < 'a' || line[0] > 'z' || !clean(line)) {
      return fail(Code::bad_syntax, "not a line of SDP");
    }
    const auto done = builder.line(line[0], line.substr(2));
    if (!done) return tl::unexpected(done.error());
  }
  return builder.take_session();
}

}  // namespace daedap::sdp
