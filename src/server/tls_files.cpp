#include "server/tls_files.hpp"

#include "net/tls_context.hpp"

namespace daedap::server {

TlsReading read_tls(const Config& config) {
  TlsReading out;
  const auto bad = [&](const char* key, const base::Error& error) { out.faults.push_back({config.path, 0, key, error.message()}); };
  if (!config.sip.certificate.empty() && !config.sip.key.empty()) {
    const auto own = net::TlsContext::server({config.sip.certificate, config.sip.key});
    if (own) out.warnings = (*own)->warnings();
    else bad("sip.certificate", own.error());
  }
  const auto trust = net::TlsContext::client({config.sip.ca, config.sip.tls_verify});
  if (!trust) bad("sip.ca", trust.error());
  return out;
}

}  // namespace daedap::server
