#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "media/srtp.hpp"
#include "sdp/offer_answer.hpp"

namespace daedap::bench {

/// What went through a relay while it was measured.
struct Traffic {
  std::uint64_t sent = 0, received = 0;
  std::vector<float> latency_us;  // of packets in plain text: from before the send call to the kernel's receive stamp
  void add(const Traffic& more);
  double lost_pct() const;
};

/// Both telephones of each of some calls: a socket per leg that sends 172 byte RTP packets of G.711, 50 a
/// second, all legs spread evenly over 20 ms. The same for every relay.
/// thread  one
class Talkers {
 public:
  explicit Talkers(std::size_t legs);
  ~Talkers();
  Talkers(const Talkers&) = delete;
  Talkers& operator=(const Talkers&) = delete;

  std::size_t size() const { return legs_.size(); }
  std::uint16_t port(std::size_t leg) const { return legs_[leg].port; }
  void aim(std::size_t leg, std::uint16_t remote_port);
  void aim(std::size_t leg, const sdp::Negotiated& media);
  /// All legs talk for so long.
  Traffic talk(double seconds);
  /// What is still under way.
  std::uint64_t listen(double seconds);

 private:
  struct Leg {
    int fd = -1;
    std::uint16_t port = 0, seq = 0;
    sockaddr_in to{};
    std::unique_ptr<media::SrtpStream> key;
  };
  void send(Leg& leg);
  void receive(std::int64_t wait_ns);
  void drain(int fd);

  std::vector<Leg> legs_;
  int epoll_ = -1;
  Traffic now_;
};

/// The value below which `p` (0..1) of `values` lie; 0 when there is none.
double percentile(std::vector<float> values, double p);
sockaddr_in loopback(std::uint16_t port);
/// A bound, non-blocking socket.
int open_udp(std::uint16_t& port, int buffer_bytes);

}  // namespace daedap::bench
