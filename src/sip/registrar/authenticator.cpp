#include "sip/registrar/authenticator.hpp"

#include <fmt/core.h>

#include <charconv>
#include <optional>

#include "sip/grammar.hpp"
#include "sip/registrar/credentials.hpp"
#include "sip/uri.hpp"

namespace daedap::sip {
namespace {

// A nonce: 12 hexadecimal digits of milliseconds, 16 random ones, 32 of the keyed hash over both.
constexpr std::size_t time_digits = 12, body_digits = time_digits + 16, nonce_digits = body_digits + 32;

/// Clocks of shards are one clock, but they read it at different moments.
constexpr std::int64_t ahead_ms = 1000;

/// What an unknown user's digest is computed with. No hash of anything is all zeros.
const DigestSecret& nobody() {
  static const DigestSecret secret{std::string(32, '0'), std::string(64, '0')};
  return secret;
}

/// Looks at each byte whatever the first ones say.
bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char differs = 0;
  for (std::size_t i = 0; i < a.size(); ++i) differs |= static_cast<unsigned char>(a[i] ^ b[i]);
  return differs == 0;
}

/// Credentials made for one callee must not call another. Hosts and parameters may differ: gateways on
/// the way rewrite them in the request line alone.
bool same_resource(const std::string& claimed, const std::string& request_uri) {
  if (claimed == request_uri) return true;
  const auto a = Uri::parse(claimed);
  const auto b = Uri::parse(request_uri);
  return a && b && a->is_sip() && b->is_sip() && a->user == b->user;
}

/// The first Digest credentials for the realm (any realm when it is empty); an error when none can be read.
base::Result<Credentials> credentials_of(const Message& request, bool proxy, std::string_view realm) {
  std::optional<base::Error> broken;
  for (const auto value : request.all(proxy ? "Proxy-Authorization" : "Authorization")) {
    auto credentials = Credentials::parse(value);
    if (credentials && (realm.empty() || credentials->realm == realm)) return credentials;
    const bool digest = same_word(value.substr(0, 6), "Digest");
    if (!credentials && digest && !broken) broken = std::move(credentials.error());
  }
  if (broken) return tl::unexpected(*std::move(broken));
  return base::fail(base::Code::not_found, "no credentials");
}

std::optional<std::int64_t> time_of(std::string_view nonce) {
  std::uint64_t ms = 0;
  const char* end = nonce.data() + time_digits;
  const auto read = std::from_chars(nonce.data(), end, ms, 16);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return static_cast<std::int64_t>(ms);
}

/// libre before 2.0 and Sofia-SIP 1.12 fail a registration when any of several challenges names an
/// algorithm that they lack; "baresip v1.0.0" and "sofia-sip/1.12.11" are such ones.
bool stumbles_over_sha256(std::string_view user_agent) {
  return user_agent.starts_with("baresip v0.") || user_agent.starts_with("baresip v1.") ||
         user_agent.find("sofia-sip/1.12") != std::string_view::npos;
}

}  // namespace

Authenticator::Authenticator(Settings settings, Hashes hashes, base::Random& random)
    : settings_(std::move(settings)), hashes_(std::move(hashes)), random_(random) {}

/// The hash of a hash with the secret in front of both: what a reader of nonces knows of the outer one
/// tells nothing of the inner one, so that he cannot lengthen a text that was signed, which is the
/// weakness HMAC exists for. The signed text has one length besides.
std::string Authenticator::keyed_hash(std::string_view text) const {
  const auto& hash = hashes_.sha256_hex ? hashes_.sha256_hex : hashes_.md5_hex;
  std::string inner = settings_.secret;
  inner.append(text);
  return hash(settings_.secret + hash(inner)).substr(0, nonce_digits - body_digits);
}

std::string Authenticator::make_nonce(base::Time now) {
  const std::string body = fmt::format("{:012x}", base::to_ms(now.time_since_epoch())) + random_.hex(16);
  return body + keyed_hash(body);
}

std::vector<Header> Authenticator::challenge(bool proxy, bool stale, std::string_view user_agent, base::Time now) {
  const std::string nonce = make_nonce(now);
  const std::string opaque = keyed_hash(settings_.realm).substr(0, 16);
  std::vector<Header> out;
  const auto add = [&](const char* algorithm) {
    out.push_back({proxy ? "Proxy-Authenticate" : "WWW-Authenticate",
                   fmt::format("Digest realm={},nonce=\"{}\",opaque=\"{}\",algorithm={},qop=\"auth\"{}",
                               quote(settings_.realm), nonce, opaque, algorithm, stale ? ",stale=true" : "")});
  };
  if (hashes_.md5_hex && settings_.offer != DigestOffer::sha256) add("MD5");
  const bool spare = settings_.offer == DigestOffer::both && stumbles_over_sha256(user_agent);
  if (hashes_.sha256_hex && settings_.offer != DigestOffer::md5 && !spare) add("SHA-256");
  return out;
}

std::string Authenticator::user_of(const Message& request, bool proxy, std::string_view realm) {
  auto credentials = credentials_of(request, proxy, realm);
  return credentials ? std::move(credentials->username) : std::string();
}

Authenticator::Verdict Authenticator::check(const Message& request, bool proxy, const DigestSecret* secret,
                                            base::Time now) {
  const auto credentials = credentials_of(request, proxy, settings_.realm);
  if (!credentials) return credentials.error().code == base::Code::not_found ? Verdict::absent : Verdict::wrong;
  const bool right = digest_matches(*credentials, request.method, secret ? *secret : nobody());
  if (!right || !secret || !same_resource(credentials->uri, request.request_uri)) return Verdict::wrong;
  return take_count(*credentials, now) ? Verdict::ok : Verdict::stale;
}

bool Authenticator::digest_matches(const Credentials& c, const std::string& method, const DigestSecret& secret) const {
  const bool sha = c.algorithm == DigestAlgorithm::sha256;
  const auto& hash = sha ? hashes_.sha256_hex : hashes_.md5_hex;
  if (!hash) return false;
  const std::string& own = sha ? secret.ha1_sha256 : secret.ha1_md5;
  const std::string& ha1 = !own.empty() ? own : sha ? nobody().ha1_sha256 : nobody().ha1_md5;
  const std::string ha2 = hash(fmt::format("{}:{}", method, c.uri));
  const std::string expected =
      c.qop_auth ? hash(fmt::format("{}:{}:{}:{}:auth:{}", ha1, c.nonce, c.count_text, c.cnonce, ha2))
                 : hash(fmt::format("{}:{}:{}", ha1, c.nonce, ha2));
  return same_secret(c.response, expected) && !own.empty();
}

/// The time of issue of a nonce that we made and whose life is not over.
std::optional<std::int64_t> Authenticator::issued(const std::string& nonce, base::Time now) const {
  if (nonce.size() != nonce_digits) return std::nullopt;
  const auto body = std::string_view(nonce).substr(0, body_digits);
  const auto ms = time_of(body);
  const std::int64_t now_ms = base::to_ms(now.time_since_epoch());
  if (!ms || *ms <= floor_ms_ || *ms > now_ms + ahead_ms) return std::nullopt;
  if (now_ms - *ms > settings_.nonce_life.count()) return std::nullopt;
  return same_secret(std::string_view(nonce).substr(body_digits), keyed_hash(body)) ? ms : std::nullopt;
}

bool Authenticator::take_count(const Credentials& c, base::Time now) {
  const auto ms = issued(c.nonce, now);
  if (!ms) return false;
  NonceKey key{*ms, c.nonce};
  const bool fresh = !used_.contains(key);
  if (fresh) make_room(now);
  Used& used = used_[std::move(key)];
  if (!c.qop_auth) {  // it has no count: good for one use
    used = {UINT32_MAX, ~std::uint64_t{0}};
    return fresh;
  }
  if (c.count > used.highest) {
    const std::uint32_t step = c.count - used.highest;
    used.window = step < 64 ? used.window << step : 0;
    used.highest = c.count;
  }
  const std::uint32_t behind = used.highest - c.count;
  if (behind >= 64 || (used.window >> behind & 1) != 0) return false;
  used.window |= std::uint64_t{1} << behind;
  return true;
}

void Authenticator::make_room(base::Time now) {
  const std::int64_t oldest = base::to_ms(now.time_since_epoch()) - settings_.nonce_life.count();
  while (!used_.empty() && used_.begin()->first.first < oldest) used_.erase(used_.begin());
  while (used_.size() >= settings_.max_nonces) {
    floor_ms_ = std::max(floor_ms_, used_.begin()->first.first);
    used_.erase(used_.begin());
  }
}

}  // namespace daedap::sip
