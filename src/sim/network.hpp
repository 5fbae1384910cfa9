#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/alive.hpp"
#include "base/random.hpp"
#include "base/udp.hpp"
#include "sim/clock.hpp"

namespace daedap::sim {

/// What a path does to datagrams. Probabilities are 0..1.
struct Conditions {
  base::Millis delay{5};
  base::Millis jitter{0};    // added evenly between 0 and this; may reorder
  double loss = 0;
  double duplicate = 0;
  double reorder = 0;        // held back by 30 ms more
};

/// A lossy packet network in virtual time; hands out sockets bound to any address. The seed fixes
/// every decision.
class Network final : public base::UdpOpener {
 public:
  using Tap = std::function<void(const base::Address& from, const base::Address& to, std::span<const std::uint8_t>)>;

  Network(World& world, std::uint64_t seed) : world_(world), random_(base::seeded(seed)) {}

  base::Result<std::unique_ptr<base::UdpSocket>> open(const base::Address& local,
                                                      base::UdpSocket::Receive receive) override;

  /// For all paths without conditions of their own.
  void set_conditions(const Conditions& all) { all_ = all; }
  /// For datagrams from `from` to `to` (ports do not matter).
  void set_conditions(const base::Address& from, const base::Address& to, const Conditions& path);
  /// Nothing from or to `ip` arrives in [from, until).
  void set_outage(const base::Address& ip, base::Time from, base::Time until);
  /// Another process has this address.
  void hold(const base::Address& address) { held_.insert(address); }
  void let_go(const base::Address& address) { held_.erase(address); }
  /// The n-th open / send from now on (1 = next) fails, once.
  void fail_open(int nth) { failing_open_ = opens_ + nth; }
  void fail_send(int nth) { failing_send_ = sends_ + nth; }
  /// Puts a datagram on the wire as if `from` had sent it; no conditions apply.
  void inject(const base::Address& from, const base::Address& to, std::vector<std::uint8_t> bytes);
  /// Sees every datagram when it is sent.
  void set_tap(Tap tap) { tap_ = std::move(tap); }

  std::size_t open_sockets() const { return sockets_.size(); }
  int opens() const { return opens_; }
  int sends() const { return sends_; }

 private:
  class Socket;
  struct Outage {
    base::Address ip;
    base::Time from, until;
  };
  bool transmit(const base::Address& from, const base::Address& to, std::span<const std::uint8_t> bytes);
  void deliver_after(base::Duration delay, const base::Address& from, const base::Address& to,
                     std::vector<std::uint8_t> bytes);
  bool chance(double probability);
  const Conditions& conditions(const base::Address& from, const base::Address& to) const;
  bool is_out(const base::Address& a) const;

  // given
  World& world_;
  // state
  base::Random random_;
  Conditions all_;
  std::map<std::pair<base::Address, base::Address>, Conditions> paths_;
  std::vector<Outage> outages_;
  std::set<base::Address> held_;
  std::unordered_map<base::Address, Socket*> sockets_;
  Tap tap_;
  int opens_ = 0, sends_ = 0, failing_open_ = 0, failing_send_ = 0;
  base::Alive alive_;
};

}  // namespace daedap::sim
