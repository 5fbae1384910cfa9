#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.hpp"
#include "sip/endpoint.hpp"
#include "sip/request_parts.hpp"

namespace daedap::sip {

using base::Millis;
using base::Time;
using std::chrono::seconds;

inline Flow udp(const std::string& ip, std::uint16_t port = 5060) {
  return Flow{Transport::udp, *base::Address::parse_ip(ip, port), 0};
}
inline Flow tcp(const std::string& ip, std::uint16_t port, std::uint64_t connection) {
  return Flow{Transport::tcp, *base::Address::parse_ip(ip, port), connection};
}

/// What varies between the requests of a scripted telephone.
struct Line {
  std::string branch = "z9hG4bKone";
  int cseq = 1;
  std::string to_tag = {};
  std::string body = {};
  std::string extra = {};  // whole header lines, each with \n
  std::string call_id = "call-1";
  std::string from_tag = "caller";
  std::string via = "SIP/2.0/UDP 192.0.2.10:5060";
  std::string uri = "sip:desk@192.0.2.1";
  std::string contact = "<sip:caller@192.0.2.10:5060>";
};

inline std::string crlf(const std::string& text) {
  std::string out;
  out.reserve(text.size() + 32);
  for (char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

/// The text of a request, as a telephone at 192.0.2.10 would send it.
inline std::string request(const std::string& method, const Line& l = {}) {
  std::string out = method + ' ' + l.uri + " SIP/2.0\nVia: " + l.via +
                    (l.branch.empty() ? "" : ";branch=" + l.branch) +
                    "\nMax-Forwards: 70\nFrom: <sip:caller@192.0.2.10>;tag=" + l.from_tag +
                    "\nTo: <sip:desk@192.0.2.1>" + (l.to_tag.empty() ? "" : ";tag=" + l.to_tag) +
                    "\nCall-ID: " + l.call_id + "\nCSeq: " + std::to_string(l.cseq) + ' ' +
                    method + "\nContact: " + l.contact + '\n' + l.extra;
  if (!l.body.empty() && l.extra.find("Content-Type") == l.extra.npos) {
    out += "Content-Type: application/sdp\n";
  }
  return crlf(out + "Content-Length: " + std::to_string(l.body.size()) + "\n\n") + l.body;
}

/// One endpoint in virtual time; keeps all that it says.
struct Desk {
  explicit Desk(EndpointSettings s = {}) : endpoint(with_address(std::move(s)), random) {}

  static EndpointSettings with_address(EndpointSettings s) {
    s.advertised = *base::Address::parse("192.0.2.1:5060");
    return s;
  }

  void receive(const std::string& bytes) { receive(bytes, flow); }
  void receive(const std::string& bytes, const Flow& from) {
    endpoint.on_message(bytes, from, now);
    drain();
  }
  void drain() {
    while (auto out = endpoint.take_output()) {
      if (auto* send = std::get_if<Send>(&*out)) {
        auto parsed = Message::parse(send->bytes);
        ASSERT_TRUE(parsed) << send->bytes;
        sent.push_back(*std::move(parsed));
        flows.push_back(send->flow);
      } else {
        events.push_back(*std::move(out));
      }
    }
  }
  /// Lets the time pass, waking the endpoint at each of its deadlines.
  void pass(base::Duration span) {
    const Time end = now + span;
    while (endpoint.deadline() <= end) {
      now = std::max(now, endpoint.deadline());
      endpoint.on_time(now);
      drain();
    }
    now = end;
  }
  void clear() {
    sent.clear();
    flows.clear();
    events.clear();
  }
  template <typename T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (const Output& e : events) {
      if (const T* t = std::get_if<T>(&e)) out.push_back(*t);
    }
    return out;
  }
  template <typename T>
  bool has() const {
    return !all<T>().empty();
  }
  bool noticed(const std::string& event) const {
    for (const Noticed& n : all<Noticed>()) {
      if (n.event == event) return true;
    }
    return false;
  }
  /// Statuses of responses and methods of requests in the order they were sent: "100 200 BYE".
  std::string told() const {
    std::string out;
    for (const Message& m : sent) {
      out += (out.empty() ? "" : " ") + (m.is_request() ? m.method : std::to_string(m.status));
    }
    return out;
  }
  std::string header(std::size_t i, const std::string& name) const {
    return std::string(sent.at(i).header(name).value_or(""));
  }
  /// Nothing is left behind once every timer has run.
  void expect_clean() {
    pass(seconds(400));
    EXPECT_EQ(endpoint.sessions(), 0u);
    EXPECT_EQ(endpoint.transactions(), 0u);
    EXPECT_EQ(endpoint.deadline(), base::never);
  }

  // Short cuts: an incoming call.
  SessionId ring_in(const Line& line = {.body = "v=0 offer"}) {
    receive(request("INVITE", line));
    const auto in = all<InviteIn>();
    return in.empty() ? SessionId{} : in.back().session;
  }
  /// An incoming call that was accepted and acknowledged; sets `tag`. Forgets what was said so far.
  SessionId talk(const Line& line = {.body = "v=0 offer"}) {
    const SessionId id = ring_in(line);
    endpoint.accept(id, "v=0 answer", now);
    drain();
    tag = tag_of(header(sent.size() - 1, "To"));
    Line ack = line;
    ack.branch = "z9hG4bKack";
    ack.to_tag = tag;
    ack.body.clear();
    receive(request("ACK", ack));
    clear();
    return id;
  }

  base::Random random{base::seeded(1)};
  Endpoint endpoint;
  Time now{seconds(1000)};
  Flow flow = udp("192.0.2.10");
  std::string tag;  // ours, in the dialog that `talk` made
  std::vector<Message> sent;
  std::vector<Flow> flows;
  std::vector<Output> events;
};

/// A response to a request that the desk sent. `to_tag` goes in when the To has none.
inline std::string response(const Message& request, int status, const std::string& to_tag,
                            const std::string& body = {}, const std::string& extra = {},
                            const std::string& contact = "<sip:callee@192.0.2.20:5060>") {
  const auto text = [&](const char* name) {
    return std::string(request.header(name).value_or(""));
  };
  std::string to = text("To");
  if (tag_of(to).empty() && !to_tag.empty()) to += ";tag=" + to_tag;
  std::string out = "SIP/2.0 " + std::to_string(status) + " Reason\nVia: " + text("Via") +
                    "\nFrom: " + text("From") + "\nTo: " + to + "\nCall-ID: " + text("Call-ID") +
                    "\nCSeq: " + text("CSeq") + "\nContact: " + contact + '\n' + extra;
  if (!body.empty()) out += "Content-Type: application/sdp\n";
  return crlf(out + "Content-Length: " + std::to_string(body.size()) + "\n\n") + body;
}

/// A desk that calls somebody at 192.0.2.20.
struct Caller : Desk {
  explicit Caller(OutgoingInvite invite = {}, EndpointSettings settings = {})
      : Desk(std::move(settings)) {
    if (invite.target.empty()) invite.target = "sip:callee@192.0.2.20";
    if (invite.from.empty()) invite.from = "\"Desk\" <sip:desk@192.0.2.1>";
    if (invite.flow == Flow{}) invite.flow = udp("192.0.2.20");
    flow = invite.flow;
    id = endpoint.invite(invite, now);
    drain();
  }
  void answer(int status, const std::string& tag = "callee", const std::string& body = {},
              const std::string& extra = {}) {
    receive(response(sent[0], status, tag, body, extra));
  }
  SessionId id{};
};

inline const OutgoingInvite with_offer{.offer = "v=0 offer"};

inline EndpointSettings with_hashes() {
  EndpointSettings s;
  s.hashes.md5_hex = [](std::string_view text) {
    return std::to_string(std::hash<std::string_view>()(text));
  };
  return s;
}

}  // namespace daedap::sip
