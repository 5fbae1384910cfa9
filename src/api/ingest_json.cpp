#include "api/ingest_json.hpp"

#include <map>

#include "base/utf8.hpp"

namespace daedap::api {
namespace {

base::Error unknown(const std::string& key) {
  return {base::Code::bad_syntax, "an ingested call has no such member",
          base::valid_utf8(base::utf8_prefix(key, 100))};
}

base::Result<std::uint32_t> number(const Json& value, const char* key, std::uint32_t most) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
    return base::fail(base::Code::bad_syntax, "a member must be a whole number in its range", key);
  return static_cast<std::uint32_t>(value.get<std::uint64_t>());
}

base::Result<call::WantedStream> stream(const Json& object, const char* name) {
  if (!object.is_object()) return base::fail(base::Code::bad_syntax, "a member must be an object", name);
  call::WantedStream wanted;
  std::uint16_t port = 0;
  for (const auto& [key, value] : object.items()) {
    if (key == "address") {
      const auto text = text_member(object, "address", true, 64);
      if (!text) return tl::unexpected(text.error());
      const auto from = base::Address::parse_ip(*text);
      if (!from) return base::fail(base::Code::bad_syntax, "address must be an IP address", *text);
      wanted.from = *from;
    } else if (key == "port") {
      const auto n = number(value, "port", 65'535);
      if (!n) return tl::unexpected(n.error());
      port = static_cast<std::uint16_t>(*n);
    } else if (key == "ssrc") {
      const auto n = number(value, "ssrc", 0xFFFF'FFFF);
      if (!n) return tl::unexpected(n.error());
      wanted.ssrc = *n;
    } else {
      return tl::unexpected(unknown(key));
    }
  }
  if (port != 0 && !wanted.from) return base::fail(base::Code::bad_syntax, "a port needs an address", name);
  if (!wanted.from && !wanted.ssrc)
    return base::fail(base::Code::bad_syntax, "a stream needs an address or an ssrc", name);
  if (wanted.from) wanted.from->port = port;
  return wanted;
}

}  // namespace

base::Result<call::IngestOrder> ingest_order(const Json& object) {
  call::IngestOrder order;
  const std::map<std::string_view, std::string*> texts{{"call_id", &order.identity.call_id},
                                                       {"customer_number", &order.identity.customer_number},
                                                       {"agent_id", &order.identity.agent_id},
                                                       {"language", &order.identity.language}};
  for (const auto& [key, value] : object.items()) {
    if (key == "customer" || key == "agent") {
      auto wanted = stream(value, key.c_str());
      if (!wanted) return tl::unexpected(wanted.error());
      order.streams[key == "agent"] = *wanted;
      continue;
    }
    const auto place = texts.find(key);
    if (place == texts.end()) return tl::unexpected(unknown(key));
    auto text = text_member(object, key.c_str(), false, 128);
    if (!text) return tl::unexpected(text.error());
    *place->second = std::move(*text);
  }
  return order;
}

std::vector<std::pair<const char*, std::uint64_t>> packet_counts(const IngestFigures& figures) {
  const auto& p = figures.desk.packets;
  return {{"passed", p.passed},
          {"malformed", p.malformed},
          {"unknown_type", p.unknown_type},
          {"probation", p.probation},
          {"refused", p.refused},
          {"stranger", figures.desk.strangers},
          {"overflowed", figures.overflowed}};
}

Json json_of(const IngestState& state) {
  Json packets = Json::object();
  for (const auto& [name, count] : packet_counts(state.figures)) packets[name] = count;
  const call::IngestDesk::Figures& desk = state.figures.desk;
  return {{"customer_port", state.customer_port}, {"agent_port", state.agent_port}, {"calls", desk.calls},
          {"ordered", desk.ordered}, {"sources", desk.sources}, {"packets", packets}};
}

}  // namespace daedap::api
