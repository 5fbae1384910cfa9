#include "net/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <ctime>
#include <map>

#include "base/address.hpp"

namespace daedap::net {
namespace {

using base::Code;

template <auto F>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    F(object);
  }
};
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL_SESSION, Free<SSL_SESSION_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using File = std::unique_ptr<std::FILE, Free<std::fclose>>;

constexpr long server_cache = 1024;       // TLS 1.2 sessions; 1.3 gives the client a ticket
constexpr std::size_t client_cache = 64;  // hosts

/// The sessions that a client may resume, one per host.
class Sessions {
 public:
  void keep(const std::string& host, SSL_SESSION* session) {
    if (kept_.size() >= client_cache && !kept_.contains(host)) kept_.erase(kept_.begin());
    kept_[host].reset(session);
  }
  /// Each is used once. spec  RFC 8446 §C.4
  Session take(const std::string& host) {
    const auto found = kept_.find(host);
    if (found == kept_.end()) return nullptr;
    return std::move(kept_.extract(found).mapped());
  }

 private:
  std::map<std::string, Session> kept_;
};

/// Never asks a person at a terminal.
int no_pass_phrase(char*, int, int, void*) { return -1; }

base::Result<Context> new_context(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method));
  const bool good = context && SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
                    SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
  if (!good) return base::fail(Code::unsupported, "the TLS library refuses our settings");
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(context.get(), no_pass_phrase);
  return context;
}

base::Result<Key> read_key(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"));
  if (!file) return base::fail(Code::io, "cannot read the TLS key file", path);
  Key key(PEM_read_PrivateKey(file.get(), nullptr, no_pass_phrase, nullptr));
  if (!key) return base::fail(Code::bad_syntax, "no PEM private key without a pass phrase in", path);
  return key;
}

base::Result<void> use_files(SSL_CTX* context, const TlsFiles& files) {
  if (::access(files.certificate.c_str(), R_OK) != 0)
    return base::fail(Code::io, "cannot read the TLS certificate file", files.certificate);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return base::fail(Code::bad_syntax, "no PEM certificate, or one too weak, in", files.certificate);
  const auto key = read_key(files.key);
  if (!key) return tl::unexpected(key.error());
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key->get()) != 1)
    return base::fail(Code::bad_syntax, "the TLS key does not belong to the certificate",
                      files.key + ", " + files.certificate);
  if (SSL_CTX_use_PrivateKey(context, key->get()) != 1)
    return base::fail(Code::bad_syntax, "the TLS library refuses the key", files.key);
  return {};
}

std::string date_of(const ASN1_TIME* time) {
  std::tm date{};
  if (ASN1_TIME_to_tm(time, &date) != 1) return "an unreadable date";
  return fmt::format("{:04}-{:02}-{:02}", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
}

std::vector<std::string> warnings_of(const SSL_CTX* context, const std::string& path) {
  std::vector<std::string> out;
  const X509* certificate = SSL_CTX_get0_certificate(context);
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  const ASN1_TIME* begin = X509_get0_notBefore(certificate);
  const std::string what = "the TLS certificate " + path;
  if (X509_cmp_current_time(end) < 0) out.push_back(what + " expired on " + date_of(end));
  if (X509_cmp_current_time(begin) > 0) out.push_back(what + " is not valid before " + date_of(begin));
  return out;
}

base::Result<void> use_trust(SSL_CTX* context, const TlsTrust& trust) {
  SSL_CTX_set_verify(context, trust.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!trust.verify) return {};
  if (trust.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return {};
  }
  if (::access(trust.ca.c_str(), R_OK) != 0)
    return base::fail(Code::io, "cannot read the TLS CA file", trust.ca);
  if (SSL_CTX_load_verify_file(context, trust.ca.c_str()) != 1)
    return base::fail(Code::bad_syntax, "no PEM certificate in the TLS CA file", trust.ca);
  return {};
}

/// differs: a wildcard for one whole label is accepted, which RFC 5922 §7.2 forbids: large providers
///          use them.
void expect(SSL* ssl, const std::string& host) {
  if (base::Address::parse_ip(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
    return;
  }
  SSL_set_tlsext_host_name(ssl, host.c_str());
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  SSL_set1_host(ssl, host.c_str());
}

}  // namespace

struct TlsContext::Impl {
  const bool accepts;
  Context context;
  std::vector<std::string> warnings = {};
  std::shared_ptr<Sessions> sessions = std::make_shared<Sessions>();
};

TlsContext::TlsContext(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

base::Result<std::shared_ptr<TlsContext>> TlsContext::server(const TlsFiles& files) {
  auto context = new_context(TLS_server_method());
  if (!context) return tl::unexpected(context.error());
  const auto used = use_files(context->get(), files);
  ERR_clear_error();
  if (!used) return tl::unexpected(used.error());
  static constexpr unsigned char name[] = "daedap";
  SSL_CTX_set_session_id_context(context->get(), name, sizeof name);
  SSL_CTX_sess_set_cache_size(context->get(), server_cache);
  auto warnings = warnings_of(context->get(), files.certificate);
  auto impl = std::make_shared<Impl>(true, std::move(*context), std::move(warnings));
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(impl)));
}

base::Result<std::shared_ptr<TlsContext>> TlsContext::client(const TlsTrust& trust) {
  auto context = new_context(TLS_client_method());
  if (!context) return tl::unexpected(context.error());
  const auto used = use_trust(context->get(), trust);
  ERR_clear_error();
  if (!used) return tl::unexpected(used.error());
  SSL_CTX_set_session_cache_mode(context->get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context->get(), [](SSL* ssl, SSL_SESSION* session) {
    static_cast<TlsSession*>(SSL_get_app_data(ssl))->on_new_session(session);
    return 1;  // taken over
  });
  return std::shared_ptr<TlsContext>(new TlsContext(std::make_shared<Impl>(false, std::move(*context))));
}

void TlsContext::take(TlsContext& fresh) {
  impl_->context = std::move(fresh.impl_->context);
  impl_->warnings = std::move(fresh.impl_->warnings);
}

const std::vector<std::string>& TlsContext::warnings() const { return impl_->warnings; }

std::unique_ptr<TlsSession> TlsContext::session(const std::string& host) const {
  SSL* ssl = SSL_new(impl_->context.get());
  if (!impl_->accepts) {
    expect(ssl, host);
    if (const Session known = impl_->sessions->take(host)) SSL_set_session(ssl, known.get());
  }
  auto keep = [sessions = impl_->sessions](const std::string& name, SSL_SESSION* s) { sessions->keep(name, s); };
  return std::make_unique<TlsSession>(ssl, impl_->accepts, host, std::move(keep));
}

}  // namespace daedap::net
