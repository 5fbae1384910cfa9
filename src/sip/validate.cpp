#include "sip/validate.hpp"

#include <algorithm>
#include <array>

#include "sip/cseq.hpp"
#include "sip/grammar.hpp"
#include "sip/name_addr.hpp"
#include "sip/via.hpp"

namespace daedap::sip {
namespace {

using Finding = std::optional<Complaint>;

/// Methods of the published RFCs: what we do not serve of them is 405, anything else 501.
constexpr std::array<std::string_view, 14> published{
    "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO",
    "UPDATE", "PRACK", "SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE", "PUBLISH"};

/// Values of one list header that are looked at; a request may have crossed 70 hops (§8.1.1.6).
constexpr std::size_t max_values = 128;

template <typename List>
bool holds(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

Complaint bad_request(const char* what) { return {400, "Bad Request", what, {}}; }

std::size_t count(const Message& m, std::string_view name) {
  const auto named = [name](const Header& h) { return same_word(h.name, name); };
  return static_cast<std::size_t>(std::count_if(m.headers.begin(), m.headers.end(), named));
}

/// Exactly one each, and at most one each. spec  RFC 3261 §8.1.1, §20
Finding check_counts(const Message& m) {
  for (const char* name : {"From", "To", "Call-ID", "CSeq"}) {
    const auto n = count(m, name);
    if (n == 0) return bad_request("a mandatory header is missing");
    if (n > 1) return bad_request("a header that may stand once stands twice");
  }
  for (const char* name : {"Max-Forwards", "Content-Type", "Expires"}) {
    if (count(m, name) > 1) return bad_request("a header that may stand once stands twice");
  }
  return std::nullopt;
}

Finding check_vias(const std::vector<std::string_view>& vias) {
  if (vias.empty()) return bad_request("no Via");
  if (vias.size() > max_values) return bad_request("too many Via values");
  for (const auto value : vias) {
    const auto via = Via::parse(value);
    if (via) continue;
    if (via.error().code != base::Code::unsupported) return bad_request("Via");
    return Complaint{505, "Version Not Supported", "Via is not SIP/2.0", {}};
  }
  return std::nullopt;
}

Finding check_addresses(const Message& m) {
  for (const char* name : {"From", "To"}) {
    const auto address = NameAddr::parse(*m.header(name));
    if (!address || address->star) return bad_request(name);
  }
  for (const char* name : {"Contact", "Route", "Record-Route"}) {
    const auto values = m.all(name);
    if (values.size() > max_values) return bad_request("too many addresses");
    for (const auto value : values) {
      const auto address = NameAddr::parse(value);
      const bool star_fits = m.method == "REGISTER" && same_word(name, "Contact");
      if (!address || (address->star && !star_fits)) return bad_request(name);
    }
  }
  return std::nullopt;
}

/// What requests and responses share.
Finding check_frame(const Message& m) {
  if (auto bad = check_counts(m)) return bad;
  if (auto bad = check_vias(m.all("Via"))) return bad;
  if (!is_call_id(*m.header("Call-ID"))) return bad_request("Call-ID");
  const auto cseq = CSeq::parse(*m.header("CSeq"));
  if (!cseq) return bad_request("CSeq");
  if (m.is_request() && cseq->method != m.method) return bad_request("CSeq names another method");
  return check_addresses(m);
}

Finding check_method(const Message& m, const Abilities& abilities) {
  if (holds(abilities.methods, m.method)) return std::nullopt;
  const Header allow{"Allow", join(abilities.methods)};
  if (holds(published, m.method)) return Complaint{405, "Method Not Allowed", "method", {allow}};
  return Complaint{501, "Not Implemented", "unknown method", {allow}};
}

/// A request inside a dialog has arrived where it wanted to, and so has an OPTIONS for us; a new call
/// would go on from here. spec  RFC 3261 §16.3, RFC 7332
Finding check_hops(const Message& m) {
  const auto value = m.header("Max-Forwards");
  if (!value) return std::nullopt;  // RFC 2543 had none
  const auto hops = parse_max_forwards(*value);
  if (!hops) return bad_request("Max-Forwards");
  if (*hops > 0 || m.method != "INVITE") return std::nullopt;
  const auto to = NameAddr::parse(*m.header("To"));
  if (to && to->tag()) return std::nullopt;
  return Complaint{483, "Too Many Hops", "Max-Forwards is 0", {}};
}

Finding check_request_uri(const Message& m) {
  const auto uri = Uri::parse(m.request_uri);
  if (!uri) return bad_request("Request-URI");
  if (!uri->is_sip() && !uri->is_tel()) {
    return Complaint{416, "Unsupported URI Scheme", "scheme of the Request-URI", {}};
  }
  if (!uri->headers.empty()) return bad_request("headers in the Request-URI");
  return std::nullopt;
}

/// spec  RFC 3261 §8.2.2.3: never for ACK and CANCEL
Finding check_extensions(const Message& m, const Abilities& abilities) {
  if (m.method == "ACK" || m.method == "CANCEL") return std::nullopt;
  std::vector<std::string_view> unknown;
  for (const char* name : {"Require", "Proxy-Require"}) {
    for (const auto tag : m.all(name)) {
      if (!holds(abilities.extensions, tag)) unknown.push_back(tag);
    }
  }
  if (unknown.empty()) return std::nullopt;
  return Complaint{420, "Bad Extension", "Require", {{"Unsupported", join(unknown)}}};
}

/// "Application / SDP ; charset=x" -> "application/sdp"
std::string media_type(std::string_view value) {
  value = value.substr(0, value.find(';'));
  std::string out = lower(trim(value));
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t'; });
  return out;
}

/// A body that its sender calls optional may be anything. spec  RFC 3261 §20.11
bool is_optional(const Message& m) {
  const auto disposition = m.header("Content-Disposition");
  if (!disposition) return false;
  Scanner in(*disposition);
  in.take_token();
  const auto params = Params::parse(in);
  return params && same_word(params->value("handling").value_or(""), "optional");
}

/// spec  RFC 3261 §8.2.3
Finding check_body(const Message& m, const Abilities& abilities) {
  const bool negotiates = m.method == "INVITE" || m.method == "UPDATE" || m.method == "PRACK";
  if (!negotiates || m.body.empty() || is_optional(m)) return std::nullopt;
  const auto type = m.header("Content-Type");
  if (!type) return bad_request("body without Content-Type");
  if (media_type(*type) != abilities.session_type) {
    return Complaint{415, "Unsupported Media Type", "Content-Type",
                     {{"Accept", std::string(abilities.session_type)}}};
  }
  for (const auto encoding : m.all("Content-Encoding")) {
    if (same_word(encoding, "identity")) continue;
    return Complaint{415, "Unsupported Media Type", "Content-Encoding",
                     {{"Accept-Encoding", "identity"}}};
  }
  return std::nullopt;
}

/// An INVITE whose Accept leaves no room for our answer. spec  RFC 3261 §20.1, RFC 4475 §3.3.11
Finding check_accept(const Message& m, const Abilities& abilities) {
  const auto accepted = m.all("Accept");
  if (m.method != "INVITE" || accepted.empty()) return std::nullopt;
  const auto main = abilities.session_type.substr(0, abilities.session_type.find('/') + 1);
  for (const auto range : accepted) {
    const auto type = media_type(range);
    if (type == "*/*" || type == abilities.session_type) return std::nullopt;
    if (type.ends_with("/*") && type.substr(0, type.size() - 1) == main) return std::nullopt;
  }
  return Complaint{406, "Not Acceptable", "Accept", {}};
}

}  // namespace

std::string join(const std::vector<std::string_view>& words) {
  std::string out;
  for (const auto word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

std::optional<Complaint> check_request(const Message& request, const Abilities& abilities) {
  if (auto bad = check_frame(request)) return bad;
  if (auto bad = check_method(request, abilities)) return bad;
  if (auto bad = check_hops(request)) return bad;
  if (auto bad = check_request_uri(request)) return bad;
  if (auto bad = check_extensions(request, abilities)) return bad;
  if (auto bad = check_body(request, abilities)) return bad;
  return check_accept(request, abilities);
}

std::optional<Complaint> check_response(const Message& response) {
  if (auto bad = check_frame(response)) return bad;
  if (response.all("Via").size() > 1) return bad_request("response for somebody behind us");
  return std::nullopt;
}

}  // namespace daedap::sip
