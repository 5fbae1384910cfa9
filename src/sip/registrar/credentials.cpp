#include "sip/registrar/credentials.hpp"

#include <algorithm>
#include <charconv>

#include "sip/digest_fields.hpp"
#include "sip/grammar.hpp"

namespace daedap::sip {
namespace {

using base::Code;

struct Wanted {
  std::string_view name;
  std::optional<std::string>* place;
};

base::Result<void> read_algorithm(const std::optional<std::string>& text, Credentials& out) {
  const auto algorithm = digest_algorithm(text.value_or(""));
  if (algorithm != DigestAlgorithm::md5 && algorithm != DigestAlgorithm::sha256) {
    return base::fail(Code::unsupported, "digest algorithm");
  }
  out.algorithm = *algorithm;
  return {};
}

/// qop, nc and cnonce come together or not at all.
base::Result<void> read_qop(const std::optional<std::string>& qop, std::optional<std::string>& count,
                            std::optional<std::string>& cnonce, Credentials& out) {
  if (!qop) return {};
  if (!same_word(*qop, "auth")) return base::fail(Code::unsupported, "digest qop");
  if (!count || !cnonce || count->size() != 8) return base::fail(Code::bad_syntax, "digest nc or cnonce");
  const char* end = count->data() + count->size();
  const auto read = std::from_chars(count->data(), end, out.count, 16);
  if (read.ec != std::errc() || read.ptr != end) return base::fail(Code::bad_syntax, "digest nc");
  out.qop_auth = true;
  out.count_text = std::move(*count);
  out.cnonce = std::move(*cnonce);
  return {};
}

}  // namespace

base::Result<Credentials> Credentials::parse(std::string_view value) {
  auto fields = read_digest_fields(value);
  if (!fields) return tl::unexpected(std::move(fields.error()));
  std::optional<std::string> username, realm, nonce, uri, response, algorithm, qop, count, cnonce;
  const Wanted all[] = {{"username", &username}, {"realm", &realm},         {"nonce", &nonce},
                        {"uri", &uri},           {"response", &response},   {"algorithm", &algorithm},
                        {"qop", &qop},           {"nc", &count},            {"cnonce", &cnonce}};
  for (DigestField& field : *fields) {
    if (field.value.size() > longest_field) return base::fail(Code::too_large, "digest value");
    const auto* at = std::find_if(std::begin(all), std::end(all),
                                  [&](const Wanted& w) { return same_word(w.name, field.name); });
    if (at == std::end(all)) continue;
    // Two values for one name: which of them another reader takes is a guess.
    if (at->place->has_value()) return base::fail(Code::bad_syntax, "digest field stands twice");
    *at->place = std::move(field.value);
  }
  if (!username || username->empty() || !realm || !nonce || !uri || !response) {
    return base::fail(Code::bad_syntax, "digest field is missing");
  }
  Credentials out{*std::move(username), *std::move(realm), *std::move(nonce), *std::move(uri), lower(*response)};
  if (auto ok = read_algorithm(algorithm, out); !ok) return tl::unexpected(std::move(ok.error()));
  if (auto ok = read_qop(qop, count, cnonce, out); !ok) return tl::unexpected(std::move(ok.error()));
  return out;
}

}  // namespace daedap::sip
