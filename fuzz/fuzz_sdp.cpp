#include <cstdint>
#include <cstdlib>

#include "sdp/offer_answer.hpp"
#include "sdp/session.hpp"

using namespace daedap;

/// What we answer must itself be a description.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  sdp::LocalMedia local;
  local.rtp = *base::Address::parse("192.0.2.9:4000");
  base::Random random(base::seeded(1));
  local.srtp = sdp::SrtpPolicy::optional;
  local.crypto = sdp::make_crypto(random);
  local.codecs = {{.name = "PCMA", .payload_type = 8}, {.name = "PCMU", .payload_type = 0}};
  if (const auto answer = sdp::answer(text, local); answer && !sdp::Session::parse(answer->sdp)) std::abort();
  (void)sdp::accept(local, text);
  return 0;
}
