#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/alive.hpp"
#include "call/switchboard.hpp"
#include "sim/engines.hpp"
#include "sim/log_book.hpp"
#include "sim/network.hpp"

namespace daedap::sim {

/// Stereo audio of a recording, kept in memory.
struct Tape {
  std::vector<std::int16_t> stereo;
  bool closed = false;
  /// One channel: 0 = customer, 1 = agent.
  std::vector<std::int16_t> channel(int index) const;
};

/// One shard in virtual time: SIP endpoint, switchboard, ports, scripted engines, ticks of 5 ms.
class Server {
 public:
  struct Settings {
    std::string ip = "192.0.2.1";
    std::uint16_t first_port = 10'000, last_port = 10'199;
    std::size_t max_sessions = 10'000;
    call::Settings call;
    ScriptedEngines::Settings engines;
    call::AiState ai{.state = call::AiState::State::ready};
    std::vector<call::Operator> operators;
    bool keep_tapes = true;
  };
  Server(World& world, Network& network, const Settings& settings, std::uint64_t seed);
  ~Server();

  base::Address sip_address() const { return sip_address_; }
  call::Switchboard& switchboard() { return *switchboard_; }
  sip::Endpoint& sip() { return *sip_; }
  media::PortRange& ports() { return *ports_; }
  ScriptedEngines& engines() { return engines_; }
  speech::Prompts& prompts() { return prompts_; }
  LogBook& log() { return log_; }
  /// Runs a command on the switchboard and then hands out what came of it.
  void command(const std::function<void(call::Switchboard&, base::Time)>& body);

  const std::vector<call::Event>& events() const { return events_; }
  /// Final records in the order of the calls' ends.
  std::vector<call::Record> ended() const;
  int started() const;
  const std::map<std::string, std::unique_ptr<Tape>>& tapes() const { return tapes_; }

 private:
  void on_datagram(std::span<const std::uint8_t> bytes, const base::Address& from, base::Time now);
  void tick();
  void pump();

  // given
  World& world_;
  base::Address sip_address_;
  // owned
  base::Random random_;
  LogBook log_;
  ScriptedEngines engines_;
  speech::Prompts prompts_;
  std::map<std::string, std::unique_ptr<Tape>> tapes_;
  std::unique_ptr<media::PortRange> ports_;
  std::unique_ptr<sip::Endpoint> sip_;
  std::unique_ptr<call::Switchboard> switchboard_;
  std::unique_ptr<base::UdpSocket> socket_;
  std::vector<call::Event> events_;
  // state
  unsigned phase_ = 0;
  base::Alive alive_;
};

}  // namespace daedap::sim
