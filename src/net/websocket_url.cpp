#include "net/websocket_url.hpp"

#include <algorithm>
#include <charconv>

#include "base/address.hpp"

namespace daedap::net {
namespace {

constexpr std::size_t longest = 2048;

base::Result<WebSocketUrl> bad(const char* why) { return base::fail(base::Code::bad_syntax, why); }

bool takes(std::string_view& text, std::string_view scheme) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const bool same = text.size() >= scheme.size() &&
                    std::equal(scheme.begin(), scheme.end(), text.begin(), [&](char a, char b) { return a == lower(b); });
  if (same) text.remove_prefix(scheme.size());
  return same;
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

bool read_port(std::string_view text, std::uint16_t& port) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  return ec == std::errc{} && end == text.data() + text.size() && port != 0;
}

/// "host", "host:port", "[v6]", "[v6]:port". Gives what is wrong, or null.
const char* read_authority(std::string_view text, WebSocketUrl& url) {
  std::string_view host = text, port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == text.npos) return "the URL's host lacks its bracket";
    host = text.substr(1, close - 1);
    if (const auto ip = base::Address::parse_ip(std::string(host)); !ip || !ip->v6) return "the URL's host is no IPv6 address";
    port = text.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) return "the URL has something between host and port";
  } else {
    const std::size_t colon = text.find(':');
    host = text.substr(0, colon);
    if (colon != text.npos) port = text.substr(colon);
    if (!is_host(host)) return "the URL has no valid host";
  }
  url.host = host;
  if (!port.empty() && !read_port(port.substr(1), url.port)) return "the URL's port is no number from 1 to 65535";
  return nullptr;
}

}  // namespace

std::string WebSocketUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::string WebSocketUrl::shown() const {
  return (tls ? "wss://" : "ws://") + authority() + target.substr(0, target.find('?'));
}

base::Result<WebSocketUrl> parse_websocket_url(std::string_view text) {
  if (text.size() > longest) return bad("the URL is over 2048 bytes");
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f; }))
    return bad("the URL holds blanks or bytes that must be escaped");
  WebSocketUrl url;
  if (takes(text, "wss://")) url.tls = true, url.port = 443;
  else if (!takes(text, "ws://")) return bad("the URL must begin with ws:// or wss://");
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  const std::string_view authority = text.substr(0, end);
  // A password in a URL ends in logs of others; there is a key for it.
  if (authority.find('@') != authority.npos) return bad("the URL must not hold a user or a password");
  if (const char* why = read_authority(authority, url)) return bad(why);
  const std::string_view target = text.substr(end);
  if (target.find('#') != target.npos) return bad("the URL must not hold a fragment");
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

}  // namespace daedap::net
