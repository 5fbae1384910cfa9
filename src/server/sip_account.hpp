#pragma once

#include <string>
#include <string_view>

#include "call/operators.hpp"
#include "store/operator_table.hpp"

namespace daedap::server {

/// A random password of 20 letters and digits without look-alikes (116 bits).
std::string random_password();

/// What is kept of a phone's password: H(id:realm:password) by MD5 and SHA-256. spec  RFC 7616 §3.4.2
store::SipSecret sip_secret(std::string_view id, std::string_view realm, std::string_view password);
void take_secret(call::Operator& op, store::SipSecret secret);

}  // namespace daedap::server
