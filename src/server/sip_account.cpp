#include "server/sip_account.hpp"

#include <sodium.h>

#include "server/hashes.hpp"

namespace daedap::server {

std::string random_password() {
  static constexpr char alphabet[] = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::string out;
  for (int i = 0; i < 20; ++i) out += alphabet[randombytes_uniform(sizeof alphabet - 1)];
  return out;
}

store::SipSecret sip_secret(std::string_view id, std::string_view realm, std::string_view password) {
  const sip::Hashes hashes = openssl_hashes();
  const std::string text = std::string(id).append(":").append(realm).append(":").append(password);
  return {std::string(realm), hashes.md5_hex(text), hashes.sha256_hex(text)};
}

void take_secret(call::Operator& op, store::SipSecret secret) {
  op.realm = std::move(secret.realm);
  op.ha1_md5 = std::move(secret.ha1_md5);
  op.ha1_sha256 = std::move(secret.ha1_sha256);
}

}  // namespace daedap::server
