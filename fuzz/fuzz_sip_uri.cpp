#include <cstdint>
#include <cstdlib>

#include "sip/name_addr.hpp"
#include "sip/uri.hpp"
#include "sip/via.hpp"

using namespace daedap::sip;

namespace {

template <typename T>
void round_trip(std::string_view text) {
  const auto first = T::parse(text);
  if (!first) return;
  const auto written = first->write();
  const auto second = T::parse(written);
  if (!second || second->write() != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  round_trip<Uri>(text);
  round_trip<NameAddr>(text);
  round_trip<Via>(text);
  if (const auto uri = Uri::parse(text); uri && !uri->matches(*uri)) std::abort();
  return 0;
}
