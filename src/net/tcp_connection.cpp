#include "net/tcp_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "net/clock.hpp"
#include "net/socket_address.hpp"

namespace daedap::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

asio::ip::tcp::endpoint endpoint_of(const base::Address& address) {
  asio::ip::tcp::endpoint endpoint(address.v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), 0);
  sockaddr_storage system;
  const socklen_t length = to_system(address, system);
  std::memcpy(endpoint.data(), &system, length);
  return endpoint;
}

}  // namespace

TcpConnection::TcpConnection(ConnectionId id, asio::ip::tcp::socket socket, const TcpLimits& limits,
                             std::shared_ptr<const Owner> owner)
    : id_(id),
      limits_(limits),
      owner_(std::move(owner)),
      socket_(std::move(socket)),
      connect_timer_(socket_.get_executor()),
      last_used_(now()) {}

void TcpConnection::accept(const base::Address& peer) {
  accepted_ = true;
  peer_ = peer;
  open();
}

void TcpConnection::connect(const base::Address& remote) {
  peer_ = remote;
  connect_timer_.expires_after(limits_.connect);
  connect_timer_.async_wait([self = shared_from_this()](const error_code& ec) {
    if (!ec && !self->open_) self->end(TcpEnd::failed);
  });
  socket_.async_connect(endpoint_of(remote), [self = shared_from_this()](const error_code& ec) {
    if (self->ended_) return;
    self->connect_timer_.cancel();
    ec ? self->end(TcpEnd::failed) : self->open();
  });
}

void TcpConnection::open() {
  open_ = true;
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  owner_->opened(*this);
  if (ended_) return;
  read();
  if (!queue_.empty() && !writing_) write();
}

void TcpConnection::read() {
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](const error_code& ec, std::size_t size) {
                            if (self->ended_) return;
                            if (ec) {
                              return self->end(ec == asio::error::eof ? TcpEnd::closed_by_peer
                                                                      : TcpEnd::failed);
                            }
                            self->last_used_ = now();
                            self->owner_->bytes(*self, {self->buffer_.data(), size});
                            if (!self->ended_) self->read();
                          });
}

void TcpConnection::send(std::string bytes) {
  if (ended_ || closing_) return;
  queued_ += bytes.size();
  if (queued_ > limits_.write_queue) return end(TcpEnd::slow_reader);
  queue_.push_back(std::move(bytes));
  if (open_ && !writing_) write();
}

void TcpConnection::write() {
  writing_ = true;
  asio::async_write(socket_, asio::buffer(queue_.front()),
                    [self = shared_from_this()](const error_code& ec, std::size_t size) {
                      if (self->ended_) return;
                      if (ec) return self->end(TcpEnd::failed);
                      self->on_written(size);
                    });
}

void TcpConnection::on_written(std::size_t bytes) {
  writing_ = false;
  last_used_ = now();
  queued_ -= bytes;
  queue_.pop_front();
  if (!queue_.empty()) return write();
  if (closing_) end(TcpEnd::closed_by_us);
}

void TcpConnection::close_after_writing() {
  closing_ = true;
  if (queue_.empty() || !open_) end(TcpEnd::closed_by_us);
}

void TcpConnection::end(TcpEnd why) {
  if (ended_) return;
  asio::post(socket_.get_executor(), [self = shared_from_this(), why] {
    if (self->owner_->live) self->owner_->closed(*self, why);
  });
  abandon();
}

void TcpConnection::abandon() {
  ended_ = true;
  error_code ignored;
  connect_timer_.cancel();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace daedap::net
