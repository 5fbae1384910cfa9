#include "net/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <utility>

namespace daedap::net {

void TlsSession::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsSession::TlsSession(ssl_st* ssl, bool accepts, std::string host, Keep keep)
    : host_(std::move(host)), keep_(std::move(keep)), ssl_(ssl) {
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_app_data(ssl, this);
  accepts ? SSL_set_accept_state(ssl) : SSL_set_connect_state(ssl);
}

/// A connection that just went away does not make its session unfit for the next one.
TlsSession::~TlsSession() {
  if (!broken_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void TlsSession::on_bytes(std::span<const std::uint8_t> bytes) {
  if (broken_ || closed_) return;
  BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
  if (!open_) advance();
}

void TlsSession::advance() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) {
    open_ = true;
    encrypt(std::exchange(early_, {}));
  } else if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ) {
    fail();
  }
}

void TlsSession::write(std::string_view plain) {
  if (broken_ || closed_) return;
  if (open_) encrypt(plain);
  else early_ += plain;
}

/// The memory behind the session takes everything, so a write is never cut short.
void TlsSession::encrypt(std::string_view plain) {
  ERR_clear_error();
  if (!plain.empty() && SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size())) <= 0) fail();
}

std::span<const std::uint8_t> TlsSession::read() {
  if (!open_ || broken_ || closed_) return {};
  ERR_clear_error();
  const int size = SSL_read(ssl_.get(), plain_.data(), static_cast<int>(plain_.size()));
  if (size > 0) return {plain_.data(), static_cast<std::size_t>(size)};
  const int error = SSL_get_error(ssl_.get(), size);
  if (error == SSL_ERROR_ZERO_RETURN) closed_ = true;
  else if (error != SSL_ERROR_WANT_READ) fail();
  return {};
}

void TlsSession::shut_down() {
  if (!open_ || broken_) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

std::string TlsSession::take_output() {
  BIO* out = SSL_get_wbio(ssl_.get());
  std::string bytes(BIO_ctrl_pending(out), '\0');
  if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

bool TlsSession::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

const char* TlsSession::version() const { return SSL_get_version(ssl_.get()); }

void TlsSession::fail() {
  broken_ = true;
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  trouble_ = reason ? reason : "the peer broke the protocol";
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_OK && (SSL_get_verify_mode(ssl_.get()) & SSL_VERIFY_PEER) != 0)
    trouble_ = "certificate of " + host_ + ": " + X509_verify_cert_error_string(verdict);
  ERR_clear_error();
}

}  // namespace daedap::net
