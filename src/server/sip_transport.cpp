#include "server/sip_transport.hpp"

#include <unordered_map>

#include "net/tcp_server.hpp"
#include "net/udp_socket.hpp"
#include "sip/framer.hpp"

namespace daedap::server {
namespace {

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

/// Each member is used on one loop only: the UDP ones on udp_loop, the TCP ones on tcp_loop.
struct SipTransport::Impl {
  struct Stream {
    sip::StreamFramer framer;
    base::Address peer;
  };

  Impl(net::Loop& u, net::Loop& t, Outlets o) : udp_loop(u), tcp_loop(t), outlets(std::move(o)), opener(u) {}

  base::Result<void> open(const Config::Sip& config);
  base::Result<void> listen_tcp(const Config::Sip& config);
  void on_opened(net::ConnectionId id, const base::Address& peer) { streams[id].peer = peer; }
  void on_stream_bytes(net::ConnectionId id, std::span<const std::uint8_t> bytes, base::Time now);
  void on_closed(net::ConnectionId id);
  void send_tcp(const sip::Flow& flow, std::string bytes);
  static sip::Flow flow_of(net::ConnectionId id, const base::Address& peer) { return {sip::Transport::tcp, peer, id}; }

  net::Loop& udp_loop;
  net::Loop& tcp_loop;
  Outlets outlets;
  net::UdpOpener opener;
  std::unique_ptr<base::UdpSocket> udp;
  std::unique_ptr<net::TcpServer> tcp;
  std::unordered_map<net::ConnectionId, Stream> streams;
  std::unordered_map<base::Address, net::ConnectionId> connected;  // by us
  std::uint16_t port = 0;
};

base::Result<void> SipTransport::Impl::open(const Config::Sip& config) {
  const auto local = base::Address::parse_ip(config.bind, config.port);
  if (!local) return tl::unexpected(local.error());
  auto socket = opener.open(*local, [this](std::span<const std::uint8_t> bytes, const base::Address& from, base::Time now) {
    outlets.on_message({sip::Transport::udp, from, 0}, as_text(bytes), now);
  });
  if (!socket) return tl::unexpected(socket.error());
  udp = std::move(*socket);
  port = udp->local().port;
  return config.tcp ? listen_tcp(config) : base::Result<void>{};
}

base::Result<void> SipTransport::Impl::listen_tcp(const Config::Sip& config) {
  net::TcpLimits limits;
  limits.connections = config.max_connections;
  tcp = std::make_unique<net::TcpServer>(
      tcp_loop, limits,
      net::TcpEvents{[this](net::ConnectionId id, const base::Address& peer) { on_opened(id, peer); },
                     [this](net::ConnectionId id, std::span<const std::uint8_t> bytes, base::Time now) { on_stream_bytes(id, bytes, now); },
                     [this](net::ConnectionId id, net::TcpEnd) { on_closed(id); }});
  const auto bound = tcp->listen(udp->local());
  if (!bound) return tl::unexpected(bound.error());
  return {};
}

void SipTransport::Impl::on_stream_bytes(net::ConnectionId id, std::span<const std::uint8_t> bytes, base::Time now) {
  Stream& stream = streams[id];
  stream.framer.on_bytes(as_text(bytes));
  while (auto frame = stream.framer.take()) {
    if (frame->ping) tcp->send(id, "\r\n");
    else outlets.on_message(flow_of(id, stream.peer), frame->message, now);
  }
  if (stream.framer.broken()) tcp->close(id);
}

void SipTransport::Impl::on_closed(net::ConnectionId id) {
  const auto found = streams.find(id);
  if (found == streams.end()) return;
  outlets.on_flow_failed(flow_of(id, found->second.peer));
  if (const auto ours = connected.find(found->second.peer); ours != connected.end() && ours->second == id) connected.erase(ours);
  streams.erase(found);
}

void SipTransport::Impl::send_tcp(const sip::Flow& flow, std::string bytes) {
  net::ConnectionId id = flow.connection;
  if (id == 0) {
    const auto known = connected.find(flow.remote);
    if (known != connected.end()) {
      id = known->second;
    } else if (const auto made = tcp->connect(flow.remote)) {
      id = connected[flow.remote] = *made;
      streams[id].peer = flow.remote;
    }
  }
  if (id == 0 || !tcp->send(id, std::move(bytes))) outlets.on_flow_failed(flow);
}

base::Result<std::unique_ptr<SipTransport>> SipTransport::open(const Config::Sip& config, net::Loop& udp_loop,
                                                               net::Loop& tcp_loop, Outlets outlets) {
  // With port 0 the free UDP port may be taken on TCP: try a few.
  for (int attempt = 0;; ++attempt) {
    auto impl = std::make_shared<Impl>(udp_loop, tcp_loop, outlets);
    const auto opened = impl->open(config);
    if (opened) return std::unique_ptr<SipTransport>(new SipTransport(std::move(impl)));
    if (config.port != 0 || attempt == 20) return tl::unexpected(opened.error());
  }
}

SipTransport::SipTransport(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
SipTransport::~SipTransport() = default;

void SipTransport::send(const sip::Flow& flow, std::string bytes) {
  if (flow.transport == sip::Transport::udp) {
    if (impl_->udp_loop.on_thread()) {
      impl_->udp->send(as_bytes(bytes), flow.remote);
      return;
    }
    impl_->udp_loop.post("sip send", [impl = impl_, to = flow.remote, bytes = std::move(bytes)] { impl->udp->send(as_bytes(bytes), to); });
    return;
  }
  impl_->tcp_loop.post("sip send", [impl = impl_, flow, bytes = std::move(bytes)]() mutable {
    if (impl->tcp) impl->send_tcp(flow, std::move(bytes));
    else impl->outlets.on_flow_failed(flow);
  });
}

std::uint16_t SipTransport::port() const { return impl_->port; }

}  // namespace daedap::server
