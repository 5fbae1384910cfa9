#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/address.hpp"
#include "sip/digest.hpp"
#include "sip/registrar/authenticator.hpp"
#include "sip/request_port.hpp"

namespace daedap::sip {

/// Stands in for a hash: repeatable, different for different texts, `digits` long.
inline std::string toy_hash(std::string_view text, std::size_t digits, std::uint64_t salt) {
  std::string out;
  std::uint64_t h = 0xcbf29ce484222325ULL ^ salt;
  while (out.size() < digits) {
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    h ^= h >> 29;
    for (int i = 0; i < 16; ++i) out += "0123456789abcdef"[h >> (4 * i) & 15];
  }
  return out.substr(0, digits);
}
inline Hashes toy_hashes() {
  return {[](std::string_view t) { return toy_hash(t, 32, 1); }, [](std::string_view t) { return toy_hash(t, 64, 2); }};
}

inline DigestSecret secret_of(const std::string& user, const std::string& realm, const std::string& password) {
  const std::string text = user + ':' + realm + ':' + password;
  return {toy_hashes().md5_hex(text), toy_hashes().sha256_hex(text)};
}

inline Flow udp_flow(const std::string& address) { return {Transport::udp, *base::Address::parse(address), 0}; }
inline Flow tcp_flow(const std::string& address, std::uint64_t connection) {
  return {Transport::tcp, *base::Address::parse(address), connection};
}

/// A telephone that registers: makes requests and answers challenges.
struct RegisteringPhone {
  std::string user = "1001", password = "secret";
  std::string host = "pbx.example.com";
  std::string call_id = "reg-1";
  std::string via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKr;rport";
  std::uint32_t cseq = 0;

  Message make(const std::vector<std::string>& contacts, const std::string& expires = {}) {
    Message m;
    m.method = "REGISTER";
    m.request_uri = "sip:" + host;
    m.add("Via", via);
    m.add("From", "<sip:" + user + '@' + host + ">;tag=a");
    m.add("To", "<sip:" + user + '@' + host + '>');
    m.add("Call-ID", call_id);
    m.add("CSeq", std::to_string(++cseq) + " REGISTER");
    for (const auto& c : contacts) m.add("Contact", c);
    if (!expires.empty()) m.add("Expires", expires);
    return m;
  }
  /// Credentials for one of the challenges; `which` 0 = the first.
  Header credentials(const Message& m, const std::vector<Header>& challenges, std::size_t which = 0,
                     std::uint32_t count = 1) const {
    auto challenge = Challenge::parse(challenges.at(which).value);
    EXPECT_TRUE(challenge);
    challenge->proxy = challenges.at(which).name == "Proxy-Authenticate";
    return *answer_challenge(*challenge, {user, password, m.method, m.request_uri, "c0ffee", count}, toy_hashes());
  }
  void sign(Message& m, const std::vector<Header>& challenges, std::size_t which = 0, std::uint32_t count = 1) const {
    const Header header = credentials(m, challenges, which, count);
    m.set(header.name, header.value);
  }
};

/// Keeps what was asked of the endpoint.
struct FakePort final : RequestPort {
  struct Said {
    RequestId id;
    int status;
    base::Time when;
    std::vector<Header> headers;
    std::string header(std::string_view name) const {
      for (const Header& h : headers)
        if (h.name == name) return h.value;
      return {};
    }
  };
  void respond(RequestId id, int status, base::Time now, const std::vector<Header>& extra) override {
    said.push_back({id, status, now, extra});
  }
  RequestId request(const OutgoingRequest& request, base::Time now) override {
    asked.push_back(request);
    asked_at.push_back(now);
    return RequestId{1'000'000 + asked.size()};
  }
  /// Id of the last request.
  RequestId last() const { return RequestId{1'000'000 + asked.size()}; }

  std::vector<Said> said;
  std::vector<OutgoingRequest> asked;
  std::vector<base::Time> asked_at;
};

inline Message response_with(int status, std::initializer_list<Header> headers = {{"Via", "SIP/2.0/UDP x"}}) {
  Message m;
  m.status = status;
  m.headers = headers;
  return m;
}

}  // namespace daedap::sip
