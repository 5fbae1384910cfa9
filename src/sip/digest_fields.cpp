#include "sip/digest_fields.hpp"

#include "sip/grammar.hpp"

namespace daedap::sip {
namespace {

using base::Code;

constexpr std::size_t max_fields = 32;

base::Result<DigestField> read_field(Scanner& in) {
  const auto name = in.take_token();
  if (name.empty() || !in.take('=')) return base::fail(Code::bad_syntax, "digest field");
  if (in.peek() != '"') return DigestField{std::string(name), std::string(in.take_until(", \t\""))};
  const auto quoted = in.take_quoted();
  if (quoted.empty()) return base::fail(Code::bad_syntax, "digest value does not end");
  return DigestField{std::string(name), unquote(quoted)};
}

}  // namespace

base::Result<std::vector<DigestField>> read_digest_fields(std::string_view value) {
  Scanner in(trim(value));
  const auto scheme = in.take_token();
  if (scheme.empty()) return base::fail(Code::bad_syntax, "authentication scheme");
  if (!same_word(scheme, "Digest")) {
    return base::fail(Code::unsupported, "authentication scheme", std::string(scheme.substr(0, 32)));
  }
  in.skip_space();
  std::vector<DigestField> out;
  while (out.size() < max_fields) {
    auto field = read_field(in);
    if (!field) return tl::unexpected(std::move(field.error()));
    out.push_back(std::move(*field));
    in.skip_space();
    if (in.at_end()) return out;
    if (!in.take(',')) return base::fail(Code::bad_syntax, "digest fields");
    if (in.at_end()) return out;  // a comma at the end; seen in the field
  }
  return base::fail(Code::too_large, "digest fields");
}

std::optional<DigestAlgorithm> digest_algorithm(std::string_view text) {
  if (text.empty() || same_word(text, "MD5")) return DigestAlgorithm::md5;
  if (same_word(text, "MD5-sess")) return DigestAlgorithm::md5_sess;
  if (same_word(text, "SHA-256")) return DigestAlgorithm::sha256;
  if (same_word(text, "SHA-256-sess")) return DigestAlgorithm::sha256_sess;
  return std::nullopt;
}

}  // namespace daedap::sip
