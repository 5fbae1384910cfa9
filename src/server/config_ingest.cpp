#include "base/address.hpp"
#include "server/config_checks.hpp"

namespace daedap::server {

void check_ingest(ConfigReading& out) {
  const call::IngestSettings& s = out.config.ingest;
  const auto bad = [&](std::string key, std::string what) {
    out.faults.push_back({out.config.path, 0, "ingest." + std::move(key), std::move(what)});
  };
  if (!s.bind.empty() && !base::Address::parse_ip(s.bind))
    bad("bind", "must be an IP address, not \"" + s.bind + "\"");
  if (s.customer_port != 0 && s.customer_port == s.agent_port)
    bad("agent_port", "must differ from ingest.customer_port");
  if (s.types.l16_8000 == 8) bad("l16_8000_type", "8 is PCMA");
  if (s.types.l16_16000 == 8 || s.types.l16_16000 == s.types.l16_8000)
    bad("l16_16000_type", "is the payload type of another codec");
  for (const std::string& from : s.allow)
    if (!call::Network::parse(from)) bad("allow", "\"" + from + "\" is no IP address or network");
  for (std::size_t i = 0; i < out.config.ingest_lines.size(); ++i) {
    const call::IngestLine& line = out.config.ingest_lines[i];
    const std::string at = "lines[" + std::to_string(i) + "]";
    if (line.customer_from.empty() && line.agent_from.empty()) bad(at, "needs customer_from or agent_from");
    for (const auto& [key, from] :
         {std::pair{".customer_from", line.customer_from}, {".agent_from", line.agent_from}})
      if (!from.empty() && !call::Network::parse(from))
        bad(at + key, "\"" + from + "\" is no IP address or network");
  }
}

}  // namespace daedap::server
