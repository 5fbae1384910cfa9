#include "sim/network.hpp"

#include <algorithm>

namespace daedap::sim {

class Network::Socket final : public base::UdpSocket {
 public:
  Socket(Network& network, const base::Address& local, Receive receive)
      : network_(network), local_(local), receive_(std::move(receive)) {
    network_.sockets_[local_] = this;
  }
  ~Socket() override { network_.sockets_.erase(local_); }
  bool send(std::span<const std::uint8_t> bytes, const base::Address& to) override {
    return network_.transmit(local_, to, bytes);
  }
  base::Address local() const override { return local_; }
  void receive(std::span<const std::uint8_t> bytes, const base::Address& from) {
    if (receive_) receive_(bytes, from, network_.world_.now());
  }

 private:
  Network& network_;
  base::Address local_;
  Receive receive_;
};

base::Result<std::unique_ptr<base::UdpSocket>> Network::open(const base::Address& local,
                                                             base::UdpSocket::Receive receive) {
  if (++opens_ == failing_open_) return base::fail(base::Code::io, "simulated open failure", local.text());
  if (held_.contains(local) || sockets_.contains(local))
    return base::fail(base::Code::no_port, "address is taken", local.text());
  return std::make_unique<Socket>(*this, local, std::move(receive));
}

void Network::set_conditions(const base::Address& from, const base::Address& to, const Conditions& path) {
  paths_[{from.with_port(0), to.with_port(0)}] = path;
}

void Network::set_outage(const base::Address& ip, base::Time from, base::Time until) {
  outages_.push_back({ip, from, until});
}

const Conditions& Network::conditions(const base::Address& from, const base::Address& to) const {
  const auto it = paths_.find({from.with_port(0), to.with_port(0)});
  return it == paths_.end() ? all_ : it->second;
}

bool Network::is_out(const base::Address& a) const {
  return std::ranges::any_of(outages_, [&](const Outage& o) {
    return o.ip.same_ip(a) && world_.now() >= o.from && world_.now() < o.until;
  });
}

bool Network::chance(double probability) {
  return probability > 0 && static_cast<double>(random_.u32()) < probability * 4294967296.0;
}

bool Network::transmit(const base::Address& from, const base::Address& to, std::span<const std::uint8_t> bytes) {
  if (++sends_ == failing_send_) return false;
  if (tap_) tap_(from, to, bytes);
  const Conditions& path = conditions(from, to);
  if (is_out(from) || is_out(to) || chance(path.loss)) return true;
  const int copies = chance(path.duplicate) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    base::Duration delay = path.delay;
    if (path.jitter.count() > 0)
      delay += std::chrono::microseconds(random_.u64() % static_cast<std::uint64_t>(path.jitter.count() * 1000));
    if (chance(path.reorder)) delay += base::Millis(30);
    deliver_after(delay, from, to, {bytes.begin(), bytes.end()});
  }
  return true;
}

void Network::inject(const base::Address& from, const base::Address& to, std::vector<std::uint8_t> bytes) {
  deliver_after({}, from, to, std::move(bytes));
}

void Network::deliver_after(base::Duration delay, const base::Address& from, const base::Address& to,
                            std::vector<std::uint8_t> bytes) {
  world_.post_after(delay, [this, token = alive_.token(), from, to, bytes = std::move(bytes)] {
    if (!token) return;
    // Looked up on arrival: a socket that was closed meanwhile loses the datagram.
    if (const auto it = sockets_.find(to); it != sockets_.end()) it->second->receive(bytes, from);
  });
}

}  // namespace daedap::sim
