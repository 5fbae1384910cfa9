#include "call/key_presses.hpp"

#include <algorithm>

namespace daedap::call {
namespace {

constexpr base::Millis window{500};
constexpr std::size_t most = 32;

}  // namespace

const char* name(KeySource source) { return source == KeySource::rtp ? "rtp" : "info"; }

bool KeyPresses::take(char digit, KeySource source, base::Time now) {
  std::erase_if(unmatched_, [&](const Press& one) { return now - one.at > window; });
  const auto first = std::ranges::find_if(
      unmatched_, [&](const Press& one) { return one.digit == digit && one.source != source; });
  if (first != unmatched_.end()) {
    unmatched_.erase(first);
    return false;
  }
  if (unmatched_.size() >= most) unmatched_.pop_front();
  unmatched_.push_back({digit, source, now});
  return true;
}

}  // namespace daedap::call
