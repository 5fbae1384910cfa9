#include "sip/request_parts.hpp"

#include <algorithm>

#include "sip/grammar.hpp"
#include "sip/name_addr.hpp"

namespace daedap::sip {
namespace {

constexpr char sep = '\n';  // never part of a header value

constexpr std::size_t max_contacts = 16;

/// "0.25" -> 250; 1 when it is absent or broken. spec  RFC 3261 §20.10, §25.1 (qvalue)
int q_of(const NameAddr& contact) {
  const std::string_view q = contact.params.value("q").value_or("1");
  if (q.empty() || q[0] != '0') return 1000;
  std::string digits(q.size() > 2 ? q.substr(2, 3) : "");
  digits.resize(3, '0');
  return static_cast<int>(parse_number(digits, 999).value_or(1000));
}

std::string sent_by(const Via& via) {
  return via.host + ':' + (via.port ? std::to_string(*via.port) : std::string());
}

}  // namespace

base::Result<RequestParts> parts_of(const Message& request) {
  using base::Code;
  const auto vias = request.all("Via");
  const auto seq = request.header("CSeq");
  const auto from = request.header("From");
  const auto to = request.header("To");
  const auto call_id = request.header("Call-ID");
  if (vias.empty() || !seq || !from || !to || !call_id || call_id->empty()) {
    return base::fail(Code::bad_syntax, "a header that every request has is missing");
  }
  auto via = Via::parse(vias.front());
  if (!via) return tl::unexpected(via.error());
  auto cseq = CSeq::parse(*seq);
  if (!cseq) return tl::unexpected(cseq.error());
  return RequestParts{*std::move(via), *std::move(cseq), std::string(*call_id), tag_of(*from),
                      tag_of(*to)};
}

void stamp_via(Message& request, const Flow& flow) {
  for (Header& header : request.headers) {
    if (header.name != "Via") continue;
    const auto vias = request.all("Via");
    if (vias.empty()) return;
    auto via = Via::parse(vias.front());
    if (!via) return;
    const std::size_t end = vias.front().data() + vias.front().size() - header.value.data();
    const std::string ip = flow.remote.ip_text();
    const bool rport = via->params.has("rport");
    const bool claimed = via->params.has("received");
    if (!rport && !claimed && via->host == ip) return;
    via->params.remove("received");
    if (rport) via->params.set("rport", std::to_string(flow.remote.port));
    if (rport || via->host != ip) via->params.set("received", ip);
    header.value = via->write() + header.value.substr(end);
    return;
  }
}

std::string server_key(const Message& request, const RequestParts& parts, std::string_view method) {
  std::string key;
  key.reserve(128);
  if (parts.via.has_magic_cookie()) {
    key.append(parts.via.branch());
    key.append(1, sep).append(sent_by(parts.via)).append(1, sep).append(method);
    return key;
  }
  key.append(1, sep).append(request.request_uri).append(1, sep).append(parts.from_tag);
  key.append(1, sep).append(parts.call_id).append(1, sep);
  key.append(std::to_string(parts.cseq.number)).append(1, sep).append(parts.via.write());
  return key.append(1, sep).append(method);
}

std::string merge_key(const RequestParts& parts) {
  return parts.from_tag + sep + parts.call_id + sep + std::to_string(parts.cseq.number) + sep +
         parts.cseq.method;
}

std::string dialog_key(std::string_view call_id, std::string_view local_tag) {
  std::string key(call_id);
  return key.append(1, sep).append(local_tag);
}

std::string tag_of(std::string_view value) {
  const auto parsed = NameAddr::parse(value);
  return parsed ? std::string(parsed->tag().value_or("")) : std::string();
}

std::string with_tag(const std::string& from, const std::string& tag) {
  auto parsed = NameAddr::parse(from);
  if (!parsed) return from + ";tag=" + tag;
  parsed->set_tag(tag);
  return parsed->write();
}

bool requires_100rel(const Message& message) {
  const auto tags = message.all("Require");
  return std::any_of(tags.begin(), tags.end(), [](auto tag) { return same_word(tag, "100rel"); });
}

int max_forwards_of(const Message& request) {
  const auto value = request.header("Max-Forwards");
  return value ? parse_max_forwards(*value).value_or(70) : 70;
}

std::vector<std::string> contacts_of(const Message& response) {
  if (response.status / 100 != 3) return {};
  std::vector<std::pair<int, std::string>> found;  // q in thousandths
  for (const auto value : response.all("Contact")) {
    const auto contact = NameAddr::parse(value);
    if (!contact || contact->star || found.size() >= max_contacts) continue;
    found.emplace_back(q_of(*contact), contact->uri.write());
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> out;
  for (auto& [q, uri] : found) out.push_back(std::move(uri));
  return out;
}

std::string sdp_of(const Message& message) {
  if (message.body.empty()) return {};
  const auto type = message.header("Content-Type");
  const auto media = type ? trim(type->substr(0, type->find(';'))) : std::string_view();
  return same_word(media, "application/sdp") ? message.body : std::string();
}

}  // namespace daedap::sip
