#include "sip/flow.hpp"

namespace daedap::sip {

std::string_view name(Transport transport) {
  switch (transport) {
    case Transport::udp: return "UDP";
    case Transport::tcp: return "TCP";
    case Transport::tls: return "TLS";
    case Transport::ws: return "WS";
    case Transport::wss: return "WSS";
  }
  return "UDP";
}

}  // namespace daedap::sip
