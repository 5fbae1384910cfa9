#include "call/party.hpp"

#include "base/utf8.hpp"
#include "sip/name_addr.hpp"

namespace daedap::call {
namespace {

constexpr std::size_t longest = 128;

std::string clip(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return std::string(base::utf8_prefix(base::valid_utf8(text), longest));
}

}  // namespace

Party party_of(std::string_view address) {
  const auto read = sip::NameAddr::parse(address);
  if (!read) return {};
  const sip::Uri& uri = read->uri;
  // RFC 3261 §19.1.1: telephone-subscriber parameters stand inside the user part.
  const std::string user = uri.user.substr(0, uri.user.find(';'));
  return {clip(read->display), clip(user.empty() ? uri.host : user)};
}

}  // namespace daedap::call
