#pragma once

#include <string>
#include <string_view>

namespace daedap::call {

/// Who stands in a From or a request URI, as far as a call record needs it.
struct Party {
  std::string name;    // display name
  std::string number;  // user part; the host when there is no user
};

/// Reads a name-addr (`"Kim" <sip:1001@example.com>;tag=1`) or a bare URI. Never fails: what cannot be
/// read is left empty. At most 128 bytes of each part are kept, as valid UTF-8.
Party party_of(std::string_view address);

}  // namespace daedap::call
