#include "sip/digest.hpp"

#include <fmt/core.h>

#include "sip/digest_fields.hpp"
#include "sip/grammar.hpp"

namespace daedap::sip {
namespace {

using base::Code;

bool is_sess(DigestAlgorithm a) {
  return a == DigestAlgorithm::md5_sess || a == DigestAlgorithm::sha256_sess;
}

using Hash = std::function<std::string(std::string_view)>;

const Hash& hash_of(DigestAlgorithm a, const Hashes& hashes) {
  const bool md5 = a == DigestAlgorithm::md5 || a == DigestAlgorithm::md5_sess;
  return md5 ? hashes.md5_hex : hashes.sha256_hex;
}

/// `auth,auth-int`: is plain `auth` among them?
bool offers_auth(std::string_view options) {
  while (!options.empty()) {
    const auto comma = options.find(',');
    if (same_word(trim(options.substr(0, comma)), "auth")) return true;
    if (comma == std::string_view::npos) return false;
    options.remove_prefix(comma + 1);
  }
  return false;
}

base::Result<void> take_field(std::string_view name, std::string value, Challenge& out) {
  if (same_word(name, "realm")) {
    out.realm = std::move(value);
  } else if (same_word(name, "nonce")) {
    out.nonce = std::move(value);
  } else if (same_word(name, "opaque")) {
    out.opaque = std::move(value);
  } else if (same_word(name, "stale")) {
    out.stale = same_word(value, "true");
  } else if (same_word(name, "algorithm")) {
    const auto algorithm = digest_algorithm(value);
    if (!algorithm) return base::fail(Code::unsupported, "digest algorithm");
    out.algorithm = *algorithm;
    out.algorithm_text = std::move(value);
  } else if (same_word(name, "qop")) {
    if (!offers_auth(value)) return base::fail(Code::unsupported, "digest qop");
    out.qop_auth = true;
  }
  return {};
}

std::string response_of(const Challenge& c, const DigestAttempt& a, const std::string& count,
                        const Hash& hash) {
  std::string ha1 = hash(fmt::format("{}:{}:{}", a.user, c.realm, a.password));
  if (is_sess(c.algorithm)) ha1 = hash(fmt::format("{}:{}:{}", ha1, c.nonce, a.cnonce));
  const std::string ha2 = hash(fmt::format("{}:{}", a.method, a.uri));
  if (!c.qop_auth) return hash(fmt::format("{}:{}:{}", ha1, c.nonce, ha2));
  return hash(fmt::format("{}:{}:{}:{}:auth:{}", ha1, c.nonce, count, a.cnonce, ha2));
}

}  // namespace

base::Result<Challenge> Challenge::parse(std::string_view value) {
  auto fields = read_digest_fields(value);
  if (!fields) return tl::unexpected(std::move(fields.error()));
  Challenge out;
  for (DigestField& field : *fields) {
    if (auto ok = take_field(field.name, std::move(field.value), out); !ok) return tl::unexpected(std::move(ok.error()));
  }
  if (out.nonce.empty()) return base::fail(Code::bad_syntax, "digest without nonce");
  return out;
}

base::Result<Challenge> Challenge::strongest(const Message& response, const Hashes& hashes) {
  std::optional<Challenge> best;
  const bool proxy = response.status == 407;
  for (const auto value : response.all(proxy ? "Proxy-Authenticate" : "WWW-Authenticate")) {
    auto challenge = parse(value);
    if (!challenge || !hash_of(challenge->algorithm, hashes)) continue;
    if (best && best->algorithm >= challenge->algorithm) continue;
    best = std::move(*challenge);
    best->proxy = proxy;
  }
  if (!best) return base::fail(Code::not_found, "no challenge that we can answer");
  return std::move(*best);
}

base::Result<Header> answer_challenge(const Challenge& challenge, const DigestAttempt& attempt,
                                      const Hashes& hashes) {
  const auto& hash = hash_of(challenge.algorithm, hashes);
  if (!hash) return base::fail(Code::unsupported, "digest algorithm");
  const std::string count = fmt::format("{:08x}", attempt.nonce_count);
  std::string value = fmt::format("Digest username={},realm={},nonce={},uri={},response=\"{}\"",
                                  quote(attempt.user), quote(challenge.realm), quote(challenge.nonce),
                                  quote(attempt.uri), response_of(challenge, attempt, count, hash));
  if (!challenge.algorithm_text.empty()) value += ",algorithm=" + challenge.algorithm_text;
  if (challenge.qop_auth) value += fmt::format(",qop=auth,nc={}", count);
  if (challenge.qop_auth || is_sess(challenge.algorithm)) value += ",cnonce=" + quote(attempt.cnonce);
  if (challenge.opaque) value += ",opaque=" + quote(*challenge.opaque);
  return Header{challenge.proxy ? "Proxy-Authorization" : "Authorization", std::move(value)};
}

}  // namespace daedap::sip
