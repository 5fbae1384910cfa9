#include "sip/via.hpp"

#include <algorithm>
#include <cctype>

namespace daedap::sip {
namespace {

using base::Code;

/// "SIP / 2.0 / UDP"; the spaces are allowed. Gives the transport.
base::Result<std::string_view> parse_protocol(Scanner& in) {
  in.skip_space();
  const auto protocol = in.take_token();
  if (protocol.empty() || !in.take('/')) return base::fail(Code::bad_syntax, "Via protocol");
  const auto version = in.take_token();
  if (version.empty() || !in.take('/')) return base::fail(Code::bad_syntax, "Via version");
  const auto transport = in.take_token();
  if (transport.empty()) return base::fail(Code::bad_syntax, "Via transport");
  if (!same_word(protocol, "SIP") || version != "2.0") {
    return base::fail(Code::unsupported, "Via is not SIP/2.0");
  }
  return transport;
}

}  // namespace

base::Result<Via> Via::parse(std::string_view value) {
  Scanner in(value);
  const auto transport = parse_protocol(in);
  if (!transport) return tl::unexpected(transport.error());
  if (in.peek() != ' ' && in.peek() != '\t') return base::fail(Code::bad_syntax, "Via sent-by");
  in.skip_space();
  Via via;
  via.transport = *transport;
  for (char& c : via.transport) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  via.host = lower(in.take_host());
  if (via.host.empty()) return base::fail(Code::bad_syntax, "Via sent-by");
  if (in.take(':')) {
    const auto port = parse_number(in.take_token(), 65'535);
    if (!port) return base::fail(Code::bad_syntax, "Via port");
    via.port = static_cast<std::uint16_t>(*port);
  }
  auto params = Params::parse(in);
  if (!params) return tl::unexpected(std::move(params.error()));
  via.params = std::move(*params);
  in.skip_space();
  if (!in.at_end()) return base::fail(Code::bad_syntax, "text after Via");
  return via;
}

std::string Via::write() const {
  std::string out = "SIP/2.0/" + transport + ' ';
  const bool v6 = host.find(':') != std::string::npos;
  if (v6) out += '[';
  out += host;
  if (v6) out += ']';
  if (port) out += ':' + std::to_string(*port);
  return out += params.write();
}

bool Via::has_magic_cookie() const {
  constexpr std::string_view cookie = "z9hG4bK";
  const auto b = branch();
  return b.size() > cookie.size() && same_word(b.substr(0, cookie.size()), cookie);
}

std::optional<std::uint16_t> Via::rport() const {
  const auto text = params.value("rport");
  const auto number = text ? parse_number(*text, 65'535) : std::nullopt;
  if (!number || *number == 0) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

std::optional<std::uint8_t> Via::ttl() const {
  const auto text = params.value("ttl");
  const auto number = text ? parse_number(*text, 255) : std::nullopt;
  if (!number) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

}  // namespace daedap::sip
