#include "sip/dialog.hpp"

#include <algorithm>

#include "sip/cseq.hpp"
#include "sip/name_addr.hpp"
#include "sip/request_parts.hpp"

namespace daedap::sip {
namespace {

constexpr std::uint32_t max_seq = 0x7fffffff;  // §8.1.1.5

std::string text(const Message& message, std::string_view name) {
  return std::string(message.header(name).value_or(""));
}

std::uint32_t seq_of(const Message& message) {
  const auto seq = CSeq::parse(message.header("CSeq").value_or(""));
  return seq ? seq->number : 0;
}

std::string contact_uri(const Message& message) {
  const auto contacts = message.all("Contact");
  if (contacts.empty()) return {};
  const auto parsed = NameAddr::parse(contacts.front());
  if (!parsed || parsed->star || !parsed->uri.is_sip()) return {};
  Uri uri = parsed->uri;
  uri.headers = {};
  uri.params.remove("method");
  return uri.write();
}

std::string uri_in(std::string_view value) {
  const auto parsed = NameAddr::parse(value);
  return parsed ? parsed->uri.write() : std::string();
}

}  // namespace

Dialog Dialog::from_request(const Message& invite, std::string_view local_tag) {
  Dialog d;
  d.call_id_ = text(invite, "Call-ID");
  d.local_tag_ = local_tag;
  d.remote_ = text(invite, "From");
  d.remote_tag_ = tag_of(d.remote_);
  d.local_ = text(invite, "To") + ";tag=" + d.local_tag_;
  d.target_ = contact_uri(invite);
  if (d.target_.empty()) d.target_ = uri_in(d.remote_);
  for (std::string_view route : invite.all("Record-Route")) d.routes_.emplace_back(route);
  d.remote_seq_ = seq_of(invite);
  return d;
}

base::Result<Dialog> Dialog::from_response(const Message& invite, const Message& response) {
  Dialog d;
  d.call_id_ = text(invite, "Call-ID");
  d.local_ = text(invite, "From");
  d.local_tag_ = tag_of(d.local_);
  d.remote_ = text(response, "To");
  d.remote_tag_ = tag_of(d.remote_);
  d.target_ = contact_uri(response);
  if (d.target_.empty()) d.target_ = invite.request_uri;  // not allowed, but met; better than none
  for (std::string_view route : response.all("Record-Route")) d.routes_.emplace_back(route);
  std::reverse(d.routes_.begin(), d.routes_.end());
  d.local_seq_ = seq_of(invite);
  if (d.remote_tag_.empty()) return base::fail(base::Code::bad_syntax, "response without To tag");
  return d;
}

Message Dialog::make_request(std::string_view method) {
  return request_with(method, take_local_seq());
}

std::uint32_t Dialog::take_local_seq() {
  local_seq_ = std::min(local_seq_ + 1, max_seq);
  return local_seq_;
}

void Dialog::go_on_from(const Dialog& early) {
  local_seq_ = std::max(local_seq_, early.local_seq_);
  remote_seq_ = early.remote_seq_;
}

Message Dialog::make_ack(std::uint32_t cseq) const { return request_with("ACK", cseq); }

Message Dialog::request_with(std::string_view method, std::uint32_t seq) const {
  Message out;
  out.method = method;
  out.request_uri = target_;
  auto first = routes_.begin();
  const auto top = first == routes_.end() ? base::Result<NameAddr>(NameAddr{})
                                          : NameAddr::parse(*first);
  const bool strict = first != routes_.end() && top && !top->uri.is_loose_router();
  if (strict) {
    Uri uri = top->uri;
    uri.headers = {};
    uri.params.remove("method");
    out.request_uri = uri.write();
    ++first;
  }
  for (; first != routes_.end(); ++first) out.add("Route", *first);
  if (strict) out.add("Route", '<' + target_ + '>');
  out.add("Max-Forwards", "70");
  out.add("From", local_);
  out.add("To", remote_);
  out.add("Call-ID", call_id_);
  out.add("CSeq", CSeq{seq, std::string(method)}.write());
  return out;
}

std::string Dialog::remote_uri() const { return uri_in(remote_); }

bool Dialog::take_remote_seq(std::uint32_t number) {
  if (remote_seq_ && number <= *remote_seq_) return false;
  remote_seq_ = number;
  return true;
}

void Dialog::refresh_target(const Message& message) {
  std::string uri = contact_uri(message);
  if (!uri.empty()) target_ = std::move(uri);
}

base::Result<Uri> Dialog::next_hop() const {
  if (routes_.empty()) return Uri::parse(target_);
  auto top = NameAddr::parse(routes_.front());
  if (!top) return tl::unexpected(top.error());
  return std::move(top->uri);
}

}  // namespace daedap::sip
