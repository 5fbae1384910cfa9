#pragma once

#include "sip/hashes.hpp"

namespace daedap::server {

/// OpenSSL's MD5 and SHA-256 for SIP digests. spec  RFC 7616, RFC 8760
sip::Hashes openssl_hashes();

}  // namespace daedap::server
