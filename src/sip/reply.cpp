#include "sip/reply.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sip/cseq.hpp"
#include "sip/name_addr.hpp"
#include "sip/request_parts.hpp"

namespace daedap::sip {
namespace {

constexpr std::array<std::pair<int, const char*>, 53> phrases{{
    {100, "Trying"}, {180, "Ringing"}, {181, "Call Is Being Forwarded"}, {182, "Queued"},
    {183, "Session Progress"}, {200, "OK"}, {202, "Accepted"}, {300, "Multiple Choices"},
    {301, "Moved Permanently"}, {302, "Moved Temporarily"}, {305, "Use Proxy"},
    {380, "Alternative Service"}, {400, "Bad Request"}, {401, "Unauthorized"},
    {402, "Payment Required"}, {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
    {406, "Not Acceptable"}, {407, "Proxy Authentication Required"}, {408, "Request Timeout"},
    {410, "Gone"}, {413, "Request Entity Too Large"}, {414, "Request-URI Too Long"},
    {415, "Unsupported Media Type"}, {416, "Unsupported URI Scheme"}, {420, "Bad Extension"},
    {421, "Extension Required"}, {422, "Session Interval Too Small"}, {423, "Interval Too Brief"},
    {480, "Temporarily Unavailable"}, {481, "Call/Transaction Does Not Exist"},
    {482, "Loop Detected"}, {483, "Too Many Hops"}, {484, "Address Incomplete"},
    {485, "Ambiguous"}, {486, "Busy Here"}, {487, "Request Terminated"},
    {488, "Not Acceptable Here"}, {489, "Bad Event"}, {491, "Request Pending"},
    {493, "Undecipherable"}, {500, "Server Internal Error"}, {501, "Not Implemented"},
    {502, "Bad Gateway"}, {503, "Service Unavailable"}, {504, "Server Time-out"},
    {505, "Version Not Supported"}, {513, "Message Too Large"}, {600, "Busy Everywhere"},
    {603, "Decline"}, {604, "Does Not Exist Anywhere"}, {606, "Not Acceptable"},
}};

constexpr std::array<std::string_view, 6> repeated{"Via",     "Record-Route", "From",
                                                   "To",      "Call-ID",      "CSeq"};

void copy(const Message& from, Message& to, std::string_view name) {
  for (const Header& h : from.headers) {
    if (h.name == name) to.headers.push_back(h);
  }
}

Message hop_request(const Message& invite, const char* method, std::string_view to) {
  Message out;
  out.method = method;
  out.request_uri = invite.request_uri;
  const auto vias = invite.all("Via");
  if (!vias.empty()) out.add("Via", std::string(vias.front()));
  copy(invite, out, "Route");
  out.add("Max-Forwards", "70");
  copy(invite, out, "From");
  out.add("To", std::string(to));
  copy(invite, out, "Call-ID");
  const auto seq = CSeq::parse(invite.header("CSeq").value_or(""));
  out.add("CSeq", CSeq{seq ? seq->number : 0, method}.write());
  return out;
}

}  // namespace

const char* reason_phrase(int status) {
  const auto at = std::lower_bound(phrases.begin(), phrases.end(), status,
                                   [](const auto& p, int s) { return p.first < s; });
  if (at != phrases.end() && at->first == status) return at->second;
  switch (status / 100) {
    case 1: return "Progress";
    case 2: return "OK";
    case 3: return "Redirection";
    case 4: return "Request Failure";
    case 5: return "Server Failure";
    default: return "Global Failure";
  }
}

Message reply_head(const Message& request) {
  Message head;
  for (const Header& h : request.headers) {
    const bool take = std::find(repeated.begin(), repeated.end(), h.name) != repeated.end();
    if (take || h.name == "Timestamp") head.headers.push_back(h);
  }
  return head;
}

Message make_response(const Message& head, int status, std::string_view to_tag) {
  Message out;
  out.status = status;
  out.reason = reason_phrase(status);
  out.headers.reserve(head.headers.size() + 6);
  const bool forms_dialog = status > 100 && status < 300;
  for (const Header& h : head.headers) {
    if (h.name == "Record-Route" && !forms_dialog) continue;
    if (h.name == "Timestamp" && status != 100) continue;
    out.headers.push_back(h);
    if (h.name == "To" && !to_tag.empty() && tag_of(h.value).empty()) {
      out.headers.back().value.append(";tag=").append(to_tag);
    }
  }
  return out;
}

Message make_failure_ack(const Message& invite, const Message& response) {
  return hop_request(invite, "ACK", response.header("To").value_or(""));
}

Message make_cancel(const Message& invite) {
  return hop_request(invite, "CANCEL", invite.header("To").value_or(""));
}

void set_sdp(Message& message, const std::string& sdp) {
  if (sdp.empty()) return;
  message.set("Content-Type", "application/sdp");
  message.body = sdp;
}

std::optional<int> retry_after_of(const Message& response) {
  const auto value = response.header("Retry-After");
  if (!value) return std::nullopt;
  const auto seconds = parse_retry_after(*value);
  if (!seconds) return std::nullopt;
  return static_cast<int>(std::min<std::uint32_t>(*seconds, 86'400));
}

}  // namespace daedap::sip
