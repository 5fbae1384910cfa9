#include "sdp/crypto.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "sdp/text.hpp"

namespace daedap::sdp {
namespace {

using base::Code;
using base::fail;

struct Suite {
  const char* name;
  std::size_t key_size;
};
// In the order of CryptoSuite.
constexpr std::array<Suite, suite_count> suites{Suite{"AEAD_AES_128_GCM", 28},
                                                Suite{"AES_CM_128_HMAC_SHA1_80", 30},
                                                Suite{"AES_CM_128_HMAC_SHA1_32", 30}};

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t max_tag_digits = 9;
constexpr std::uint64_t longest_lifetime = std::uint64_t{1} << 48;  // RFC 3711 §9.2

std::string base64(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(c);
    for (held += 8; held >= 6; held -= 6) out += alphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) out += alphabet[bits << (6 - held) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

// Exactly `size` bytes; the padding may be missing, left-over bits must be zero.
std::optional<std::string> from_base64(std::string_view text, std::size_t size) {
  const std::size_t digits = (size * 8 + 5) / 6;
  const std::size_t padded = (size + 2) / 3 * 4;
  if (text.size() != digits && text.size() != padded) return std::nullopt;
  if (text.substr(digits).find_first_not_of('=') != std::string_view::npos) return std::nullopt;
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text.substr(0, digits)) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xFF);
  }
  if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return out;
}

// "2^20" or "1048576" packets.
bool good_lifetime(std::string_view text) {
  if (text.substr(0, 2) == "2^") {
    const auto power = number<unsigned>(text.substr(2));
    return power && *power <= 48;
  }
  const auto packets = number<std::uint64_t>(text);
  return packets && *packets > 0 && *packets <= longest_lifetime;
}

// A parameter that may be passed over: a hint, or one that its sender marks so. spec  RFC 4568 §6.3
bool harmless(std::string_view parameter) {
  return parameter.starts_with("WSH=") || parameter.starts_with('-');
}

std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

// "inline:KEY[|lifetime]"
base::Result<std::string> read_key(std::string_view text, std::size_t size) {
  if (text.find(';') != std::string_view::npos) return fail(Code::unsupported, "several keys");
  if (!same_word(take(text, ':'), "inline")) return fail(Code::unsupported, "the key is not inline");
  auto key = from_base64(take(text, '|'), size);
  if (!key) return fail(Code::bad_syntax, "not a key of that suite");
  if (text.find_first_of("|:") != std::string_view::npos) return fail(Code::unsupported, "an MKI");
  if (!text.empty() && !good_lifetime(text)) return fail(Code::bad_syntax, "a bad lifetime");
  return std::move(*key);
}

}  // namespace

const char* name(CryptoSuite suite) { return suites[static_cast<std::size_t>(suite)].name; }
std::size_t key_size(CryptoSuite suite) { return suites[static_cast<std::size_t>(suite)].key_size; }

std::vector<CryptoKey> make_crypto(base::Random& random) {
  std::vector<CryptoKey> keys;
  for (std::size_t i = 0; i < suite_count; ++i) {
    const auto suite = static_cast<CryptoSuite>(i);
    CryptoKey& key = keys.emplace_back(CryptoKey{static_cast<int>(i) + 1, suite, {}});
    std::uint64_t bits = 0;
    for (std::size_t n = 0; n < key_size(suite); ++n, bits >>= 8) {
      if (n % 8 == 0) bits = random.u64();
      key.key_and_salt += static_cast<char>(bits & 0xFF);
    }
  }
  return keys;
}

const CryptoKey* find_suite(const std::vector<CryptoKey>& keys, CryptoSuite suite) {
  const auto it = std::find_if(keys.begin(), keys.end(),
                               [&](const CryptoKey& key) { return key.suite == suite; });
  return it == keys.end() ? nullptr : &*it;
}

base::Result<CryptoKey> parse_crypto(std::string_view value) {
  const std::string_view tag_text = take_word(value);
  const auto tag = number<int>(tag_text);
  if (!tag || tag_text.size() > max_tag_digits) return fail(Code::bad_syntax, "a=crypto has no tag");
  const std::string_view suite_name = take_word(value);
  const auto suite = std::find_if(suites.begin(), suites.end(),
                                  [&](const Suite& s) { return same_word(s.name, suite_name); });
  if (suite == suites.end()) return fail(Code::unsupported, "a suite that we do not have");
  auto key = read_key(take_word(value), suite->key_size);
  if (!key) return tl::unexpected(key.error());
  while (!value.empty()) {
    const std::string_view parameter = take_word(value);
    if (!parameter.empty() && !harmless(parameter)) return fail(Code::unsupported, "a session parameter");
  }
  return CryptoKey{*tag, static_cast<CryptoSuite>(suite - suites.begin()), std::move(*key)};
}

std::string write_crypto(const CryptoKey& key) {
  return std::to_string(key.tag) + " " + name(key.suite) + " inline:" + base64(key.key_and_salt);
}

}  // namespace daedap::sdp
