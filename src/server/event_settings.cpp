#include "server/event_settings.hpp"

#include <algorithm>
#include <array>

namespace daedap::server {
namespace {

/// spec  RFC 9110 §5.6.2
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

/// What the upgrade writes itself.
bool is_ours(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  static constexpr std::array ours{"host", "connection", "upgrade", "content-length", "transfer-encoding"};
  return name.starts_with("sec-websocket-") || std::ranges::find(ours, name) != ours.end();
}

}  // namespace

base::Result<net::WebSocketPeer> websocket_peer(const EventSettings::Url& url) {
  auto parsed = net::parse_websocket_url(url.url);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  net::WebSocketPeer peer{.url = std::move(*parsed), .headers = {}, .ca = url.ca};
  if (!is_value(url.token)) return base::fail(base::Code::bad_syntax, "the token holds bytes that no header may");
  if (!url.token.empty()) peer.headers.emplace_back("Authorization", "Bearer " + url.token);
  for (const std::string& header : url.headers) {
    const std::size_t colon = std::min(header.find(':'), header.size());
    const std::size_t value = header.find_first_not_of(" \t", colon + 1);
    const std::string name = header.substr(0, colon);
    if (colon == header.size() || !is_token(name) || !is_value(header)) return base::fail(base::Code::bad_syntax, "a header must be \"Name: value\"");
    if (is_ours(name)) return base::fail(base::Code::bad_syntax, "a header is one that the connection needs itself", name);
    peer.headers.emplace_back(name, value == std::string::npos ? "" : header.substr(value));
  }
  return peer;
}

}  // namespace daedap::server
