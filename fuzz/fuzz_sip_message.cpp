#include <cstdint>
#include <cstdlib>

#include "sip/cseq.hpp"
#include "sip/digest.hpp"
#include "sip/endpoint.hpp"
#include "sip/message.hpp"
#include "sip/registrar/credentials.hpp"
#include "sip/replaces.hpp"
#include "sip/session_timer.hpp"
#include "sip/validate.hpp"

using namespace daedap::sip;

/// What parses must parse again after writing, to the same message; and the home shard that raw bytes
/// name must be that of the whole message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto peeked = peek_call_id(bytes);
  const auto message = Message::parse(bytes);
  if (!message) {
    if (const auto salvaged = salvage(bytes)) (void)salvaged->request.write();
    return 0;
  }
  const auto complaint = message->is_request() ? check_request(*message) : check_response(*message);
  if (!complaint && size < 8'000 && peeked != message->header("Call-ID")) std::abort();
  for (const Header& h : message->headers) {
    (void)message->all(h.name);
    (void)Challenge::parse(h.value);
    (void)Credentials::parse(h.value);
    (void)CSeq::parse(h.value);
    (void)parse_retry_after(h.value);
    const auto replaces = Replaces::parse(h.value);
    if (replaces && !Replaces::parse(replaces->write())) std::abort();
    const auto expires = SessionExpires::parse(h.value);
    if (expires && !SessionExpires::parse(expires->write())) std::abort();
  }
  (void)TimerTerms::of(*message);
  const auto text = message->write();
  const auto again = Message::parse(text, {.message = 300'000, .headers = 300});
  if (!again || again->write() != text || again->body != message->body) std::abort();
  return 0;
}
