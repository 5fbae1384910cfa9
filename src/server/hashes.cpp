#include "server/hashes.hpp"

#include <openssl/evp.h>

#include <array>

namespace daedap::server {
namespace {

std::string hash_hex(const EVP_MD* algorithm, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, algorithm, nullptr) != 1) return {};
  std::string out(length * 2, '0');
  for (unsigned i = 0; i < length; ++i) {
    out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
    out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
  }
  return out;
}

}  // namespace

sip::Hashes openssl_hashes() {
  return {[](std::string_view text) { return hash_hex(EVP_md5(), text); },
          [](std::string_view text) { return hash_hex(EVP_sha256(), text); }};
}

}  // namespace daedap::server
