#include "net/tcp_acceptor.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>

#include "net/loop.hpp"
#include "net/socket_address.hpp"

namespace daedap::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

base::Address address_of(const tcp::endpoint& endpoint) {
  sockaddr_storage system{};
  std::memcpy(&system, endpoint.data(), endpoint.size());
  return from_system(system);
}

}  // namespace

struct TcpAcceptor::Shared : std::enable_shared_from_this<TcpAcceptor::Shared> {
  Shared(Loop& l, Accepted a) : loop(l), accepted(std::move(a)) {}

  void accept_from(const std::shared_ptr<tcp::acceptor>& acceptor) {
    acceptor->async_accept([self = shared_from_this(), acceptor](error_code ec, tcp::socket socket) {
      if (self->stopped) return;
      if (ec) return self->pause(acceptor);
      error_code gone;
      const base::Address peer = address_of(socket.remote_endpoint(gone));
      if (!gone) self->accepted(std::move(socket), peer);
      if (!self->stopped) self->accept_from(acceptor);
    });
  }

  // Out of descriptors: try again once some connection had time to end, not in a busy loop.
  void pause(const std::shared_ptr<tcp::acceptor>& acceptor) {
    auto timer = std::make_shared<asio::steady_timer>(loop.context(), base::Millis{100});
    timer->async_wait([self = shared_from_this(), acceptor, timer](error_code ec) {
      if (!ec && !self->stopped) self->accept_from(acceptor);
    });
  }

  Loop& loop;
  Accepted accepted;
  bool stopped = false;
};

TcpAcceptor::TcpAcceptor(Loop& loop, Accepted accepted)
    : shared_(std::make_shared<Shared>(loop, std::move(accepted))) {}

TcpAcceptor::~TcpAcceptor() {
  shared_->stopped = true;
  error_code ignored;
  for (auto& acceptor : acceptors_) acceptor->close(ignored);
}

base::Result<base::Address> TcpAcceptor::listen(const base::Address& local) {
  error_code ec;
  auto acceptor = std::make_shared<tcp::acceptor>(shared_->loop.context());
  const tcp::endpoint endpoint(asio::ip::make_address(local.ip_text()), local.port);
  acceptor->open(endpoint.protocol(), ec);
  if (!ec) acceptor->set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec && local.v6) acceptor->set_option(asio::ip::v6_only(true), ec);
  if (!ec) acceptor->bind(endpoint, ec);
  if (!ec) acceptor->listen(asio::socket_base::max_listen_connections, ec);
  if (ec) {
    const auto code = ec == asio::error::address_in_use ? base::Code::no_port : base::Code::io;
    return base::fail(code, "TCP address not free", local.text() + ": " + ec.message());
  }
  acceptors_.push_back(acceptor);
  shared_->accept_from(acceptor);
  return address_of(acceptor->local_endpoint());
}

}  // namespace daedap::net
