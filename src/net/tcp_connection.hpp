#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "net/tcp_server.hpp"
#include "net/tls_session.hpp"

namespace daedap::net {

/// One TCP or TLS connection of a TcpServer: reads as it comes, writes from a bounded queue. Internal.
/// thread  the loop's
class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  struct Owner {
    std::function<void(TcpConnection&)> opened;
    std::function<void(TcpConnection&, std::span<const std::uint8_t>)> bytes;
    std::function<void(TcpConnection&, TcpEnd)> closed;
    bool live = true;  // false: the server is gone, tell nobody
  };
  struct Wire {
    boost::asio::ip::tcp::socket socket;
    std::unique_ptr<TlsSession> tls;  // null: plain TCP
  };
  TcpConnection(ConnectionId id, Wire wire, const TcpLimits& limits, std::shared_ptr<const Owner> owner);

  void accept(const base::Address& peer);
  void connect(const base::Address& remote);
  void send(std::string bytes);
  void close_after_writing();
  /// Closes now; a later event of the socket is ignored. The owner is told once, in a task of its own.
  void end(TcpEnd why);
  /// Closes now; the owner is not told.
  void abandon();

  ConnectionId id() const { return id_; }
  const base::Address& peer() const { return peer_; }
  bool accepted() const { return accepted_; }
  bool secure() const { return tls_ != nullptr; }
  base::Time last_used() const { return last_used_; }
  /// Why the hand-shake failed.
  const std::string& trouble() const { return trouble_; }

 private:
  void on_connected();
  void open();
  void limit(base::Duration time, TcpEnd why);
  void read();
  void on_read(std::size_t size);
  void on_cipher(std::span<const std::uint8_t> bytes);
  void flush();
  void refuse(std::string why);
  void enqueue(std::string bytes);
  void write();
  void on_written(std::size_t bytes);

  // given
  const ConnectionId id_;
  const TcpLimits limits_;
  const std::shared_ptr<const Owner> owner_;
  // owned
  boost::asio::ip::tcp::socket socket_;
  const std::unique_ptr<TlsSession> tls_;
  boost::asio::steady_timer timer_;  // connecting, hand-shake
  // state
  base::Address peer_;
  base::Time last_used_;
  bool accepted_ = false, writing_ = false, closing_ = false, ended_ = false;
  bool connected_ = false;  // TCP is
  bool open_ = false;       // and TLS, if any
  TcpEnd closing_as_ = TcpEnd::closed_by_us;
  std::string trouble_;
  std::deque<std::string> queue_;
  std::size_t queued_ = 0;
  std::array<std::uint8_t, 16384> buffer_;
};

}  // namespace daedap::net
