#include "media/srtp_transform.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>

namespace daedap::media {
namespace {

constexpr std::size_t key_size = 16, mac_key_size = 20;
constexpr int gcm_tag = 16, sha1_tag = 10, short_tag = 4;
constexpr std::uint32_t encrypted_bit = 0x8000'0000;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

template <std::size_t N>
void put(std::array<std::uint8_t, N>& iv, std::size_t at, std::size_t bytes, std::uint64_t value) {
  for (std::size_t i = 0; i < bytes; ++i) iv[at + bytes - 1 - i] ^= static_cast<std::uint8_t>(value >> 8 * i);
}

void write32(std::uint8_t* to, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

/// Session keys from the master key: its key stream, started at a label. The rate is 0, so once for all.
/// spec  RFC 3711 §4.3.1, §4.3.3; a salt of 12 bytes is filled up behind (RFC 7714 §11)
bool derive(const sdp::CryptoKey& master, std::uint8_t label, std::span<std::uint8_t> out) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(master.key_and_salt.data());
  std::array<std::uint8_t, 16> iv{};
  std::copy(bytes + key_size, bytes + master.key_and_salt.size(), iv.begin());
  iv[7] ^= label;
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int length = 0;
  return cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_ctr(), nullptr, bytes, iv.data()) == 1 &&
         EVP_EncryptUpdate(cipher.get(), out.data(), &length, out.data(), static_cast<int>(out.size())) == 1;
}

EVP_MAC_CTX* make_mac(std::span<const std::uint8_t> key) {
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* made = EVP_MAC_CTX_new(hmac);
  EVP_MAC_free(hmac);
  std::array<char, 5> digest{'S', 'H', 'A', '1', 0};
  const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                             OSSL_PARAM_construct_end()};
  if (made != nullptr && EVP_MAC_init(made, key.data(), key.size(), parameters.data()) == 1) return made;
  EVP_MAC_CTX_free(made);
  return nullptr;
}

}  // namespace

void SrtpTransform::FreeCipher::operator()(EVP_CIPHER_CTX* one) const { EVP_CIPHER_CTX_free(one); }
void SrtpTransform::FreeMac::operator()(EVP_MAC_CTX* one) const { EVP_MAC_CTX_free(one); }

// RTCP has the long tag in each suite. spec  RFC 4568 §6.2.2
SrtpTransform::SrtpTransform(Kind kind, sdp::CryptoSuite suite) : kind_(kind) {
  const bool gcm = suite == sdp::CryptoSuite::aead_aes_128_gcm;
  const bool brief = suite == sdp::CryptoSuite::aes_cm_128_hmac_sha1_32 && kind == Kind::rtp;
  salt_size_ = gcm ? 12 : 14;
  tag_ = gcm ? gcm_tag : brief ? short_tag : sha1_tag;
}

base::Result<std::unique_ptr<SrtpTransform>> SrtpTransform::make(const sdp::CryptoKey& key, Kind kind, bool encrypt) {
  std::unique_ptr<SrtpTransform> self(new SrtpTransform(kind, key.suite));
  const std::uint8_t label = kind == Kind::rtp ? 0 : 3;
  std::array<std::uint8_t, key_size> cipher_key;
  std::array<std::uint8_t, mac_key_size> mac_key;
  const auto salt = std::span(self->salt_).first(self->salt_size_);
  const bool derived = derive(key, label, cipher_key) && derive(key, label + 1, mac_key) && derive(key, label + 2, salt);
  self->cipher_.reset(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* type = self->counter_mode() ? EVP_aes_128_ctr() : EVP_aes_128_gcm();
  const int way = encrypt || self->counter_mode() ? 1 : 0;
  const bool keyed = derived && self->cipher_ &&
                     EVP_CipherInit_ex(self->cipher_.get(), type, nullptr, cipher_key.data(), nullptr, way) == 1;
  if (keyed && self->counter_mode()) self->mac_.reset(make_mac(mac_key));
  OPENSSL_cleanse(cipher_key.data(), cipher_key.size());
  OPENSSL_cleanse(mac_key.data(), mac_key.size());
  if (!keyed || (self->counter_mode() && !self->mac_)) return base::fail(base::Code::io, "OpenSSL refused an SRTP key");
  return self;
}

/// spec  RFC 3711 §4.1.1
std::array<std::uint8_t, 16> SrtpTransform::counter_iv(const Place& place) const {
  std::array<std::uint8_t, 16> iv{};
  std::copy(salt_.begin(), salt_.end(), iv.begin());
  put(iv, 4, 4, place.ssrc);
  put(iv, 8, 6, place.index);
  return iv;
}

/// spec  RFC 7714 §8.1, §9.1
std::array<std::uint8_t, 12> SrtpTransform::gcm_iv(const Place& place) const {
  std::array<std::uint8_t, 12> iv;
  std::copy_n(salt_.begin(), iv.size(), iv.begin());
  put(iv, 2, 4, place.ssrc);
  put(iv, 6, 6, place.index);
  return iv;
}

bool SrtpTransform::count(Bytes text, const Place& place) {
  const auto iv = counter_iv(place);
  int length = 0;
  return EVP_CipherInit_ex(cipher_.get(), nullptr, nullptr, nullptr, iv.data(), -1) == 1 &&
         EVP_CipherUpdate(cipher_.get(), text.data(), &length, text.data(), static_cast<int>(text.size())) == 1;
}

// RTP is authenticated with its roll-over counter behind it, RTCP with the index that it carries.
bool SrtpTransform::mac(std::span<const std::uint8_t> bytes, const Place& place, Tag& tag) {
  std::array<std::uint8_t, 4> rolled;
  write32(rolled.data(), static_cast<std::uint32_t>(place.index >> 16));
  std::size_t length = 0;
  return EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) == 1 && EVP_MAC_update(mac_.get(), bytes.data(), bytes.size()) == 1 &&
         (kind_ == Kind::rtcp || EVP_MAC_update(mac_.get(), rolled.data(), rolled.size()) == 1) &&
         EVP_MAC_final(mac_.get(), tag.data(), &length, tag.size()) == 1;
}

/// `size` bytes of text; the tag stands behind them, and behind that the index of RTCP, which is
/// authenticated too. spec  RFC 7714 §8.2, §9.2
bool SrtpTransform::gcm(Bytes buffer, std::size_t size, const Place& place, bool encrypt) {
  const auto iv = gcm_iv(place);
  EVP_CIPHER_CTX* cipher = cipher_.get();
  std::uint8_t* text = buffer.data() + place.clear;
  std::uint8_t* tag = buffer.data() + size;
  int length = 0;
  if (EVP_CipherInit_ex(cipher, nullptr, nullptr, nullptr, iv.data(), -1) != 1) return false;
  if (!encrypt && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, gcm_tag, tag) != 1) return false;
  if (EVP_CipherUpdate(cipher, nullptr, &length, buffer.data(), static_cast<int>(place.clear)) != 1) return false;
  if (kind_ == Kind::rtcp && EVP_CipherUpdate(cipher, nullptr, &length, tag + gcm_tag, index_size) != 1) return false;
  if (EVP_CipherUpdate(cipher, text, &length, text, static_cast<int>(size - place.clear)) != 1) return false;
  if (EVP_CipherFinal_ex(cipher, tag, &length) != 1) return false;
  return !encrypt || EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, gcm_tag, tag) == 1;
}

bool SrtpTransform::seal(Bytes buffer, std::size_t size, const Place& place) {
  const auto carried = static_cast<std::uint32_t>(place.index) | encrypted_bit;
  if (!counter_mode()) {
    if (kind_ == Kind::rtcp) write32(buffer.data() + size + gcm_tag, carried);
    return gcm(buffer, size, place, true);
  }
  if (!count(buffer.first(size).subspan(place.clear), place)) return false;
  if (kind_ == Kind::rtcp) {
    write32(buffer.data() + size, carried);
    size += index_size;
  }
  Tag tag;
  if (!mac(buffer.first(size), place, tag)) return false;
  std::copy_n(tag.begin(), tag_, buffer.begin() + static_cast<std::ptrdiff_t>(size));
  return true;
}

bool SrtpTransform::open(Bytes packet, const Place& place) {
  const std::size_t size = packet.size() - growth();
  if (!counter_mode()) return gcm(packet, size, place, false);
  const auto signed_part = packet.first(packet.size() - tag_);
  Tag tag;
  if (!mac(signed_part, place, tag)) return false;
  if (CRYPTO_memcmp(tag.data(), packet.data() + signed_part.size(), tag_) != 0) return false;
  return count(packet.first(size).subspan(place.clear), place);
}

std::uint32_t SrtpTransform::carried_index(std::span<const std::uint8_t> packet) const {
  const std::size_t at = packet.size() - index_size - (counter_mode() ? tag_ : 0);
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < index_size; ++i) value = value << 8 | packet[at + i];
  return value;
}

}  // namespace daedap::media
