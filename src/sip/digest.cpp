#include "sip/digest.hpp"

#include <fmt/core.h>

#include "sip/grammar.hpp"

namespace daedap::sip {
namespace {

using base::Code;

constexpr std::size_t max_fields = 32;

std::optional<DigestAlgorithm> algorithm_of(std::string_view text) {
  if (text.empty() || same_word(text, "MD5")) return DigestAlgorithm::md5;
  if (same_word(text, "MD5-sess")) return DigestAlgorithm::md5_sess;
  if (same_word(text, "SHA-256")) return DigestAlgorithm::sha256;
  if (same_word(text, "SHA-256-sess")) return DigestAlgorithm::sha256_sess;
  return std::nullopt;
}

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
    const auto algorithm = algorithm_of(value);
    if (!algorithm) return base::fail(Code::unsupported, "digest algorithm");
    out.algorithm = *algorithm;
    out.algorithm_text = std::move(value);
  } else if (same_word(name, "qop")) {
    if (!offers_auth(value)) return base::fail(Code::unsupported, "digest qop");
    out.qop_auth = true;
  }
  return {};
}

base::Result<void> read_fields(Scanner& in, Challenge& out) {
  for (std::size_t count = 0; count < max_fields; ++count) {
    const auto name = in.take_token();
    if (name.empty() || !in.take('=')) return base::fail(Code::bad_syntax, "digest field");
    std::string value;
    if (in.peek() == '"') {
      const auto quoted = in.take_quoted();
      if (quoted.empty()) return base::fail(Code::bad_syntax, "digest value does not end");
      value = unquote(quoted);
    } else {
      value = in.take_until(", \t\"");
    }
    if (auto ok = take_field(name, std::move(value), out); !ok) return ok;
    in.skip_space();
    if (in.at_end()) return {};
    if (!in.take(',')) return base::fail(Code::bad_syntax, "digest fields");
    if (in.at_end()) return {};  // a comma at the end; seen in the field
  }
  return base::fail(Code::too_large, "digest fields");
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
  Scanner in(trim(value));
  const auto scheme = in.take_token();
  if (scheme.empty()) return base::fail(Code::bad_syntax, "authentication scheme");
  if (!same_word(scheme, "Digest")) {
    return base::fail(Code::unsupported, "authentication scheme", std::string(scheme.substr(0, 32)));
  }
  in.skip_space();
  Challenge out;
  if (auto ok = read_fields(in, out); !ok) return tl::unexpected(std::move(ok.error()));
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
