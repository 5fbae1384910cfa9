#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/alive.hpp"
#include "call/test_caller/test_caller.hpp"
#include "sim/network.hpp"

namespace daedap::sim {

/// A telephone on the simulated network: places one call with the test caller.
class Phone {
 public:
  struct Settings {
    std::string ip = "198.51.100.7";
    std::uint16_t sip_port = 5060;
    std::uint16_t first_port = 40'000;
    std::string callee = "1001";
    std::string user = "+821012345678";  // of From
    call::TestPlan plan;     // target, flow and addresses are filled in
  };
  Phone(World& world, Network& network, Settings settings, const base::Address& server, std::uint64_t seed);
  ~Phone();

  /// Sends the INVITE now; its 20 ms ticks begin at a time that the seed chooses. False: no port.
  bool call();
  call::TestCaller& caller() { return *caller_; }
  const call::TestReport& report() const { return caller_->report(); }
  bool over() const { return caller_->over(world_.now()); }
  base::Time called_at() const { return called_at_; }
  /// First provisional answers and the final one: status -> ms since the INVITE.
  const std::map<int, double>& answers() const { return answers_; }
  /// Runs a command on the caller and then sends what came of it.
  void command(const std::function<void(call::TestCaller&, base::Time)>& body);

 private:
  void on_datagram(std::span<const std::uint8_t> bytes, const base::Address& from, base::Time now);
  void flush();

  // given
  World& world_;
  // owned
  base::Random random_;
  std::unique_ptr<media::PortRange> ports_;
  std::unique_ptr<call::TestCaller> caller_;
  std::unique_ptr<base::UdpSocket> socket_;
  // state
  std::map<int, double> answers_;
  base::Time called_at_{};
  base::Alive alive_;
};

}  // namespace daedap::sim
