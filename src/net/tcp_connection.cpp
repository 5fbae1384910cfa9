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

TcpConnection::TcpConnection(ConnectionId id, Wire wire, const TcpLimits& limits,
                             std::shared_ptr<const Owner> owner)
    : id_(id),
      limits_(limits),
      owner_(std::move(owner)),
      socket_(std::move(wire.socket)),
      tls_(std::move(wire.tls)),
      timer_(socket_.get_executor()),
      last_used_(now()) {}

void TcpConnection::accept(const base::Address& peer) {
  accepted_ = true;
  peer_ = peer;
  on_connected();
}

void TcpConnection::connect(const base::Address& remote) {
  peer_ = remote;
  limit(limits_.connect, TcpEnd::failed);
  socket_.async_connect(endpoint_of(remote), [self = shared_from_this()](const error_code& ec) {
    if (self->ended_) return;
    ec ? self->end(TcpEnd::failed) : self->on_connected();
  });
}

/// Ends the connection as `why` when `time` passes without a new limit.
void TcpConnection::limit(base::Duration time, TcpEnd why) {
  timer_.expires_after(time);
  timer_.async_wait([self = shared_from_this(), why](const error_code& ec) {
    // A timer that ran out in the moment in which it was stopped still comes here.
    if (ec || self->open_ || (why == TcpEnd::failed && self->connected_)) return;
    if (self->trouble_.empty()) self->trouble_ = "no hand-shake in time";
    self->end(why);
  });
}

void TcpConnection::on_connected() {
  connected_ = true;
  timer_.cancel();
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (!tls_) return open();
  limit(limits_.handshake, TcpEnd::handshake);
  if (!accepted_) tls_->start();
  flush();
  if (!ended_) read();
}

void TcpConnection::open() {
  open_ = true;
  timer_.cancel();
  owner_->opened(*this);
  if (ended_ || tls_) return;
  read();
  if (!queue_.empty() && !writing_) write();
}

void TcpConnection::read() {
  socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code& ec,
                                                                             std::size_t size) {
    if (self->ended_) return;
    if (!ec) return self->on_read(size);
    if (self->tls_ && !self->open_) {
      if (self->trouble_.empty()) self->trouble_ = "the peer went away in the hand-shake";
      return self->end(TcpEnd::handshake);
    }
    self->end(ec == asio::error::eof ? TcpEnd::closed_by_peer : TcpEnd::failed);
  });
}

void TcpConnection::on_read(std::size_t size) {
  last_used_ = now();
  if (tls_) on_cipher({buffer_.data(), size});
  else owner_->bytes(*this, {buffer_.data(), size});
  if (!ended_) read();
}

void TcpConnection::on_cipher(std::span<const std::uint8_t> bytes) {
  if (tls_->broken()) return;
  tls_->on_bytes(bytes);
  if (!open_ && tls_->open()) open();
  while (!ended_) {
    const auto plain = tls_->read();
    if (plain.empty()) break;
    owner_->bytes(*this, plain);
  }
  if (ended_) return;
  flush();
  if (ended_) return;
  if (tls_->broken()) refuse(tls_->trouble());
  else if (tls_->closed()) end(TcpEnd::closed_by_peer);
}

/// Ends the connection once the alert that says why is on its way.
void TcpConnection::refuse(std::string why) {
  trouble_ = std::move(why);
  closing_ = true;
  closing_as_ = open_ ? TcpEnd::failed : TcpEnd::handshake;
  if (queue_.empty()) end(closing_as_);
}

void TcpConnection::send(std::string bytes) {
  if (ended_ || closing_) return;
  if (!tls_) return enqueue(std::move(bytes));
  tls_->write(bytes);
  if (queued_ + tls_->waiting() > limits_.write_queue) return end(TcpEnd::slow_reader);
  flush();
}

void TcpConnection::flush() {
  std::string cipher = tls_->take_output();
  if (!cipher.empty()) enqueue(std::move(cipher));
}

void TcpConnection::enqueue(std::string bytes) {
  queued_ += bytes.size();
  if (queued_ > limits_.write_queue) return end(TcpEnd::slow_reader);
  queue_.push_back(std::move(bytes));
  if (connected_ && !writing_) write();
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
  if (closing_) end(closing_as_);
}

void TcpConnection::close_after_writing() {
  if (closing_) return;
  closing_ = true;
  if (tls_) tls_->shut_down(), flush();
  if (!ended_ && (queue_.empty() || !open_)) end(TcpEnd::closed_by_us);
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
  timer_.cancel();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace daedap::net
