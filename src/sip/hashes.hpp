#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace daedap::sip {

/// Hash functions from outside; the core holds no cryptography. Both give lower-case hexadecimal.
struct Hashes {
  std::function<std::string(std::string_view)> md5_hex;     // may be empty: algorithm not offered
  std::function<std::string(std::string_view)> sha256_hex;  // likewise
};

}  // namespace daedap::sip
