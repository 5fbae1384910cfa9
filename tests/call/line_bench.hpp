#pragma once

#include <optional>
#include <string>
#include <vector>

#include "call/sip_leg.hpp"
#include "media/port_range.hpp"
#include "sim/engines.hpp"
#include "sim/log_book.hpp"
#include "sim/network.hpp"

namespace daedap::call {

/// What a leg stands on, without a switchboard: an endpoint whose requests are kept, ports, a network.
struct LineBench {
  LineBench() { settings.advertised_media = here.with_port(0); }

  std::unique_ptr<SipLeg> leg(const std::string& name = "caller") {
    auto made = SipLeg::open(name, settings, around, world.now());
    return made ? std::move(*made) : nullptr;
  }
  /// Requests that the endpoint wants to send, in their order.
  std::vector<std::string> sent() {
    std::vector<std::string> all;
    while (auto output = endpoint.take_output())
      if (const auto* send = std::get_if<sip::Send>(&*output)) all.push_back(send->bytes);
    return all;
  }
  static int count(const std::vector<std::string>& messages, const std::string& start) {
    int n = 0;
    for (const std::string& one : messages) n += one.starts_with(start) ? 1 : 0;
    return n;
  }
  static std::string sdp(const std::string& codecs = "0", const std::string& extra = {}) {
    return "v=0\r\no=- 1 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\nm=audio 40000 RTP/AVP " + codecs + "\r\n" + extra;
  }

  base::Address here = *base::Address::parse_ip("192.0.2.1", 5060);
  sim::World world;
  sim::Network network{world, 1};
  base::Random random{base::seeded(3)};
  sim::LogBook log{world};
  sim::ScriptedEngines engines{world, sim::ScriptedEngines::Settings{}};
  speech::Prompts prompts{engines.tts};
  media::PortRange ports{here.with_port(0), 10'000, 10'003};
  sip::Endpoint endpoint{[this] {
                           sip::EndpointSettings s;
                           s.advertised = here;
                           return s;
                         }(),
                         random};
  Settings settings;
  Surroundings around{endpoint, ports, network, random, engines.seam(), prompts, nullptr, base::Log(log)};
};

}  // namespace daedap::call
