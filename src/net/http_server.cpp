#include "net/http_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <unordered_map>

#include "net/http_session.hpp"
#include "net/loop.hpp"
#include "net/tcp_acceptor.hpp"

namespace daedap::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(Loop& loop, HttpLimits limits, Handler handler)
      : shared(std::make_shared<HttpShared>(loop, limits, std::move(handler),
                                            std::make_shared<HttpGate>())) {
    shared->gate->loop = &loop;
    acceptor.emplace(loop, [this](tcp::socket socket, const base::Address& peer) {
      on_accepted(std::move(socket), peer);
    });
  }

  void on_accepted(tcp::socket socket, const base::Address& peer);

  std::shared_ptr<HttpShared> shared;
  std::optional<TcpAcceptor> acceptor;
  std::unordered_map<std::uint64_t, std::shared_ptr<HttpSession>> sessions;
  std::uint64_t last_id = 0;
};

void HttpServer::Impl::on_accepted(tcp::socket socket, const base::Address& peer) {
  if (sessions.size() >= shared->limits.connections) {
    ++shared->figures.turned_away;
    return;
  }
  error_code ec;
  const int fd = socket.release(ec);
  if (ec) return;
  const std::uint64_t id = ++last_id;
  auto session = make_http_session(shared, fd, peer, [weak = weak_from_this(), id] {
    const auto self = weak.lock();
    if (!self) return;
    self->sessions.erase(id);
    self->shared->figures.open = self->sessions.size();
  });
  sessions[id] = session;
  shared->figures.open = sessions.size();
  session->start();
}

HttpServer::HttpServer(Loop& loop, HttpLimits limits, Handler handler)
    : impl_(std::make_shared<Impl>(loop, limits, std::move(handler))) {}

HttpServer::~HttpServer() {
  {
    const std::lock_guard lock(impl_->shared->gate->mutex);
    impl_->shared->gate->loop = nullptr;
  }
  impl_->acceptor.reset();
  for (auto& [id, session] : impl_->sessions) session->abandon();
  impl_->sessions.clear();
}

base::Result<base::Address> HttpServer::listen(const base::Address& local) {
  return impl_->acceptor->listen(local);
}

const HttpFigures& HttpServer::figures() const { return impl_->shared->figures; }

}  // namespace daedap::net
