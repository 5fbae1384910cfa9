#include "net/tcp_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <unordered_map>
#include <vector>

#include "net/clock.hpp"
#include "net/loop.hpp"
#include "net/tcp_acceptor.hpp"
#include "net/tcp_connection.hpp"
#include "net/tls_context.hpp"

namespace daedap::net {

namespace asio = boost::asio;
using boost::system::error_code;
using asio::ip::tcp;

const char* name(TcpEnd end) {
  switch (end) {
    case TcpEnd::closed_by_peer: return "closed_by_peer";
    case TcpEnd::closed_by_us: return "closed_by_us";
    case TcpEnd::failed: return "failed";
    case TcpEnd::idle: return "idle";
    case TcpEnd::slow_reader: return "slow_reader";
    case TcpEnd::handshake: return "handshake";
  }
  return "unknown";
}

struct TcpServer::Impl : std::enable_shared_from_this<TcpServer::Impl> {
  Impl(Loop& l, TcpLimits lim, TcpEvents ev)
      : loop(l), limits(lim), events(std::move(ev)), sweep_timer(l.context()) {
    owner->opened = [this](TcpConnection& c) { events.opened(c.id(), c.peer()); };
    owner->bytes = [this](TcpConnection& c, std::span<const std::uint8_t> bytes) {
      const Loop::Watch watch(loop, "tcp");
      events.bytes(c.id(), bytes, c.last_used());
    };
    owner->closed = [this](TcpConnection& c, TcpEnd why) { forget(c, why); };
  }

  void on_accepted(tcp::socket socket, const base::Address& peer, const TlsContext* tls);
  void forget(TcpConnection& connection, TcpEnd why);
  void sweep();
  std::shared_ptr<TcpConnection> add(tcp::socket socket, std::unique_ptr<TlsSession> tls);
  base::Result<ConnectionId> connect(const base::Address& remote, const TlsContext* tls,
                                     const std::string& host);

  Loop& loop;
  TcpLimits limits;
  TcpEvents events;
  std::shared_ptr<TcpConnection::Owner> owner = std::make_shared<TcpConnection::Owner>();
  asio::steady_timer sweep_timer;
  std::vector<std::unique_ptr<TcpAcceptor>> acceptors;
  std::unordered_map<ConnectionId, std::shared_ptr<TcpConnection>> connections;
  std::map<base::Address, std::size_t> sources;  // port 0 -> accepted connections
  ConnectionId last_id = 0;
  TcpFigures figures;
};

void TcpServer::Impl::on_accepted(tcp::socket socket, const base::Address& peer, const TlsContext* tls) {
  std::size_t& from_source = sources[peer.with_port(0)];
  if (connections.size() >= limits.connections || from_source >= limits.per_source) {
    ++figures.turned_away;
    if (from_source == 0) sources.erase(peer.with_port(0));
    return;
  }
  ++from_source;
  ++figures.accepted;
  add(std::move(socket), tls ? tls->session() : nullptr)->accept(peer);
}

std::shared_ptr<TcpConnection> TcpServer::Impl::add(tcp::socket socket, std::unique_ptr<TlsSession> tls) {
  TcpConnection::Wire wire{std::move(socket), std::move(tls)};
  auto connection = std::make_shared<TcpConnection>(++last_id, std::move(wire), limits, owner);
  connections[connection->id()] = connection;
  figures.open = connections.size();
  return connection;
}

void TcpServer::Impl::forget(TcpConnection& connection, TcpEnd why) {
  const ConnectionId id = connection.id();
  if (connections.erase(id) == 0) return;
  figures.open = connections.size();
  if (connection.accepted()) {
    const auto source = sources.find(connection.peer().with_port(0));
    if (source != sources.end() && --source->second == 0) sources.erase(source);
  }
  if (why == TcpEnd::handshake) {
    ++figures.refused;
    if (events.refused) events.refused(connection.peer(), connection.trouble());
  }
  events.closed(id, why);
}

void TcpServer::Impl::sweep() {
  sweep_timer.expires_after(std::min<base::Duration>(limits.idle / 4, std::chrono::seconds{5}));
  sweep_timer.async_wait([self = shared_from_this()](const error_code& ec) {
    if (ec || !self->owner->live) return;
    const base::Time time = now();
    for (auto& [id, connection] : self->connections) {
      if (time - connection->last_used() > self->limits.idle) connection->end(TcpEnd::idle);
    }
    self->sweep();
  });
}

TcpServer::TcpServer(Loop& loop, TcpLimits limits, TcpEvents events)
    : impl_(std::make_shared<Impl>(loop, limits, std::move(events))) {
  impl_->sweep();
}

TcpServer::~TcpServer() {
  impl_->owner->live = false;
  impl_->sweep_timer.cancel();
  impl_->acceptors.clear();
  for (auto& [id, connection] : impl_->connections) connection->abandon();
  impl_->connections.clear();
}

base::Result<base::Address> TcpServer::listen(const base::Address& local, std::shared_ptr<TlsContext> tls) {
  auto acceptor = std::make_unique<TcpAcceptor>(
      impl_->loop, [impl = impl_.get(), tls = std::move(tls)](tcp::socket socket, const base::Address& peer) {
        impl->on_accepted(std::move(socket), peer, tls.get());
      });
  auto bound = acceptor->listen(local);
  if (bound) impl_->acceptors.push_back(std::move(acceptor));
  return bound;
}

base::Result<ConnectionId> TcpServer::Impl::connect(const base::Address& remote, const TlsContext* tls,
                                                    const std::string& host) {
  if (connections.size() >= limits.connections)
    return base::fail(base::Code::too_large, "too many TCP connections");
  auto connection = add(tcp::socket(loop.context()), tls ? tls->session(host) : nullptr);
  connection->connect(remote);
  return connection->id();
}

base::Result<ConnectionId> TcpServer::connect(const base::Address& remote) {
  return impl_->connect(remote, nullptr, {});
}

base::Result<ConnectionId> TcpServer::connect(const base::Address& remote, const TlsContext& tls,
                                              const std::string& host) {
  return impl_->connect(remote, &tls, host);
}

bool TcpServer::send(ConnectionId id, std::string bytes) {
  const auto found = impl_->connections.find(id);
  if (found == impl_->connections.end()) return false;
  found->second->send(std::move(bytes));
  return true;
}

void TcpServer::close(ConnectionId id) {
  const auto found = impl_->connections.find(id);
  if (found != impl_->connections.end()) found->second->close_after_writing();
}

bool TcpServer::secure(ConnectionId id) const {
  const auto found = impl_->connections.find(id);
  return found != impl_->connections.end() && found->second->secure();
}

const TcpFigures& TcpServer::figures() const { return impl_->figures; }

}  // namespace daedap::net
