#pragma once

#include <deque>

#include "base/time.hpp"

namespace daedap::call {

/// The two ways in which a key press reaches us: as RFC 4733 telephone event, as SIP INFO.
enum class KeySource { rtp, info };
const char* name(KeySource source);

/// Tells the key presses of a call apart from their copies: some phones and gateways send every press
/// both ways. A press and one of the same key the other way within 500 ms are one; two the same way
/// are two.
class KeyPresses {
 public:
  /// False: the copy of a press that was taken before.
  bool take(char digit, KeySource source, base::Time now);

 private:
  struct Press {
    char digit;
    KeySource source;
    base::Time at;
  };
  std::deque<Press> unmatched_;  // of the last 500 ms, at most 32
};

}  // namespace daedap::call
