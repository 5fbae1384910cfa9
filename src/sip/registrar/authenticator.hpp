#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "sip/hashes.hpp"
#include "sip/message.hpp"

namespace daedap::sip {

struct Credentials;

/// Secrets of one account: H(user:realm:password) per algorithm, lower-case hexadecimal.
/// Empty = none for that algorithm.
struct DigestSecret {
  std::string ha1_md5, ha1_sha256;
};

/// Which algorithms a challenge offers. Many telephones give up when any challenge names one that they do
/// not know, although RFC 7616 §3.7 has them pass it over; so `both` is for phones that are known.
enum class DigestOffer : std::uint8_t { md5, sha256, both };

/// Checks Authorization and Proxy-Authorization. Nonces are stateless (time stamp, random part, keyed
/// hash), so that every shard that shares the secret can check each of them; which counts of a nonce
/// were used is known to this object alone.
/// thread  the shard that owns it     spec  RFC 7616, RFC 8760, RFC 3261 §22; RFC 2617 and 2069 clients
/// differs: user names are raw UTF-8 in quotes; `username*` and `userhash` are not offered
class Authenticator {
 public:
  struct Settings {
    std::string realm;
    std::string secret;               // random, the same for all shards, best 32 bytes or more
    base::Millis nonce_life{300'000};
    std::size_t max_nonces = 4096;    // in use at once; over it the oldest are called stale
    DigestOffer offer = DigestOffer::both;
  };
  /// stale: the digest is right, but its nonce is too old, not ours (any more), or its count was used.
  enum class Verdict : std::uint8_t { ok, absent, stale, wrong };

  Authenticator(Settings settings, Hashes hashes, base::Random& random);

  /// WWW-Authenticate (for 401) or Proxy-Authenticate (407) headers of the algorithms that are offered: MD5
  /// first, as old telephones look at the first alone, then SHA-256; qop=auth.
  std::vector<Header> challenge(bool proxy, bool stale, base::Time now) { return challenge(proxy, stale, {}, now); }
  /// The same for a telephone that names itself: SHA-256 is kept from those that give up when they see it.
  std::vector<Header> challenge(bool proxy, bool stale, std::string_view user_agent, base::Time now);
  /// User name in the first readable credentials (of `realm`, unless it is empty); empty = none.
  static std::string user_of(const Message& request, bool proxy, std::string_view realm = {});
  /// `secret` = nullptr: unknown user; the same work is done and the verdict is never `ok`.
  Verdict check(const Message& request, bool proxy, const DigestSecret* secret, base::Time now);

  const std::string& realm() const { return settings_.realm; }
  std::size_t nonces() const { return used_.size(); }

 private:
  /// Which counts of a nonce were seen: the highest, and a bit for each of the 64 up to it.
  struct Used {
    std::uint32_t highest = 0;
    std::uint64_t window = 0;
  };
  using NonceKey = std::pair<std::int64_t, std::string>;  // ms of issue, nonce

  std::string make_nonce(base::Time now);
  std::string keyed_hash(std::string_view text) const;
  bool digest_matches(const Credentials& c, const std::string& method, const DigestSecret& secret) const;
  /// True when the nonce is ours, in time, and its count is new; then it is used up.
  bool take_count(const Credentials& c, base::Time now);
  std::optional<std::int64_t> issued(const std::string& nonce, base::Time now) const;
  void make_room(base::Time now);

  // given
  Settings settings_;
  Hashes hashes_;
  base::Random& random_;
  // state
  std::map<NonceKey, Used> used_;      // only nonces of right digests: strangers cannot fill it
  std::int64_t floor_ms_ = INT64_MIN;  // nonces up to here are stale: their counts were forgotten
};

}  // namespace daedap::sip
