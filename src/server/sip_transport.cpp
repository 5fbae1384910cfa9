#include "server/sip_transport.hpp"

#include <map>
#include <tuple>
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

constexpr std::size_t max_hosts = 1024;

}  // namespace

/// Each member is used on one loop only: the UDP ones on udp_loop, the TCP ones on tcp_loop.
struct SipTransport::Impl {
  struct Stream {
    sip::StreamFramer framer;
    base::Address peer;
    sip::Transport transport = sip::Transport::tcp;
    bool open = false;
  };
  /// A connection of ours is used again for the same address, transport and, with TLS, proven name.
  using Way = std::tuple<base::Address, sip::Transport, std::string>;

  Impl(net::Loop& u, net::Loop& t, Outlets o) : udp_loop(u), tcp_loop(t), outlets(std::move(o)), opener(u) {}

  base::Result<void> open(const Config::Sip& config);
  void open_streams(const Config::Sip& config);
  base::Result<void> listen(const Config::Sip& config);
  void on_opened(net::ConnectionId id, const base::Address& peer);
  void on_stream_bytes(net::ConnectionId id, std::span<const std::uint8_t> bytes, base::Time now);
  void on_closed(net::ConnectionId id);
  void send_stream(const sip::Flow& flow, std::string bytes);
  net::ConnectionId connection_to(const sip::Flow& flow);
  static sip::Flow flow_of(net::ConnectionId id, const Stream& stream) { return {stream.transport, stream.peer, id}; }

  net::Loop& udp_loop;
  net::Loop& tcp_loop;
  Outlets outlets;
  net::UdpOpener opener;
  std::unique_ptr<base::UdpSocket> udp;
  std::shared_ptr<net::TlsContext> accepts, connects;  // accepts: null without a certificate
  std::unique_ptr<net::TcpServer> tcp;                 // TLS too
  bool plain_tcp = true;
  std::unordered_map<net::ConnectionId, Stream> streams;
  std::map<Way, net::ConnectionId> connected;  // by us
  std::unordered_map<base::Address, std::string> hosts;
  std::uint16_t port = 0, tls_port = 0;
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
  open_streams(config);
  return listen(config);
}

void SipTransport::Impl::open_streams(const Config::Sip& config) {
  net::TcpLimits limits;
  limits.connections = config.max_connections;
  plain_tcp = config.tcp;
  tcp = std::make_unique<net::TcpServer>(
      tcp_loop, limits,
      net::TcpEvents{[this](net::ConnectionId id, const base::Address& peer) { on_opened(id, peer); },
                     [this](net::ConnectionId id, std::span<const std::uint8_t> bytes, base::Time now) { on_stream_bytes(id, bytes, now); },
                     [this](net::ConnectionId id, net::TcpEnd) { on_closed(id); }, outlets.on_refused});
}

base::Result<void> SipTransport::Impl::listen(const Config::Sip& config) {
  if (plain_tcp) {
    const auto bound = tcp->listen(udp->local());
    if (!bound) return tl::unexpected(bound.error());
  }
  if (accepts) {
    const auto bound = tcp->listen(udp->local().with_port(config.tls_port), accepts);
    if (!bound) return tl::unexpected(bound.error());
    tls_port = bound->port;
  }
  return {};
}

void SipTransport::Impl::on_opened(net::ConnectionId id, const base::Address& peer) {
  Stream& stream = streams[id];
  stream.peer = peer;
  stream.transport = tcp->secure(id) ? sip::Transport::tls : sip::Transport::tcp;
  stream.open = true;
}

void SipTransport::Impl::on_stream_bytes(net::ConnectionId id, std::span<const std::uint8_t> bytes, base::Time now) {
  Stream& stream = streams[id];
  stream.framer.on_bytes(as_text(bytes));
  while (auto frame = stream.framer.take()) {
    if (frame->ping) tcp->send(id, "\r\n");
    else outlets.on_message(flow_of(id, stream), frame->message, now);
  }
  if (stream.framer.broken()) tcp->close(id);
}

/// Who asked for a connection that never came to be knows no id of it.
void SipTransport::Impl::on_closed(net::ConnectionId id) {
  const auto found = streams.find(id);
  if (found == streams.end()) return;
  std::erase_if(connected, [id](const auto& entry) { return entry.second == id; });
  const Stream stream = std::move(found->second);
  streams.erase(found);
  outlets.on_flow_failed(flow_of(id, stream));
  if (!stream.open) outlets.on_flow_failed(flow_of(0, stream));
}

/// 0 when none can be made.
net::ConnectionId SipTransport::Impl::connection_to(const sip::Flow& flow) {
  const bool secure = flow.transport == sip::Transport::tls;
  const auto named = hosts.find(flow.remote);
  const std::string host = !secure ? "" : named != hosts.end() ? named->second : flow.remote.ip_text();
  const Way way{flow.remote, flow.transport, host};
  if (const auto known = connected.find(way); known != connected.end()) return known->second;
  if (!secure && !plain_tcp) return 0;
  const auto made = secure ? tcp->connect(flow.remote, *connects, host) : tcp->connect(flow.remote);
  if (!made) return 0;
  connected[way] = *made;
  Stream& stream = streams[*made];
  stream.peer = flow.remote;
  stream.transport = flow.transport;
  return *made;
}

void SipTransport::Impl::send_stream(const sip::Flow& flow, std::string bytes) {
  const bool known = flow.transport == sip::Transport::tcp || flow.transport == sip::Transport::tls;
  const net::ConnectionId id = !known ? 0 : flow.connection != 0 ? flow.connection : connection_to(flow);
  if (id == 0 || !tcp->send(id, std::move(bytes))) outlets.on_flow_failed(flow);
}

base::Result<std::unique_ptr<SipTransport>> SipTransport::open(const Config::Sip& config, net::Loop& udp_loop,
                                                               net::Loop& tcp_loop, Outlets outlets) {
  std::shared_ptr<net::TlsContext> accepts;
  if (!config.certificate.empty()) {
    auto context = net::TlsContext::server({config.certificate, config.key});
    if (!context) return tl::unexpected(context.error());
    accepts = std::move(*context);
  }
  const auto connects = net::TlsContext::client({config.ca, config.tls_verify});
  if (!connects) return tl::unexpected(connects.error());
  // With port 0 the free UDP port may be taken on TCP: try a few.
  for (int attempt = 0;; ++attempt) {
    auto impl = std::make_shared<Impl>(udp_loop, tcp_loop, outlets);
    impl->accepts = accepts;
    impl->connects = *connects;
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
  impl_->tcp_loop.post("sip send", [impl = impl_, flow, bytes = std::move(bytes)]() mutable { impl->send_stream(flow, std::move(bytes)); });
}

void SipTransport::expect_host(const base::Address& remote, const std::string& host) {
  impl_->tcp_loop.post("sip host", [impl = impl_, remote, host] {
    if (impl->hosts.size() >= max_hosts && !impl->hosts.contains(remote)) impl->hosts.erase(impl->hosts.begin());
    impl->hosts[remote] = host;
  });
}

void SipTransport::show(std::shared_ptr<net::TlsContext> fresh) {
  impl_->tcp_loop.post("certificate", [impl = impl_, fresh = std::move(fresh)] {
    if (impl->accepts) impl->accepts->take(*fresh);
  });
}

std::uint16_t SipTransport::port() const { return impl_->port; }
std::uint16_t SipTransport::tls_port() const { return impl_->tls_port; }

const std::vector<std::string>& SipTransport::warnings() const {
  static const std::vector<std::string> none;
  return impl_->accepts ? impl_->accepts->warnings() : none;
}

}  // namespace daedap::server
