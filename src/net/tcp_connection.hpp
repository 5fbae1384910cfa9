#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "net/tcp_server.hpp"

namespace daedap::net {

/// One TCP connection of a TcpServer: reads as it comes, writes from a bounded queue. Internal.
/// thread  the loop's
class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  struct Owner {
    std::function<void(TcpConnection&)> opened;
    std::function<void(TcpConnection&, std::span<const std::uint8_t>)> bytes;
    std::function<void(TcpConnection&, TcpEnd)> closed;
    bool live = true;  // false: the server is gone, tell nobody
  };
  TcpConnection(ConnectionId id, boost::asio::ip::tcp::socket socket, const TcpLimits& limits,
                std::shared_ptr<const Owner> owner);

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
  base::Time last_used() const { return last_used_; }

 private:
  void open();
  void read();
  void write();
  void on_written(std::size_t bytes);

  // given
  const ConnectionId id_;
  const TcpLimits limits_;
  const std::shared_ptr<const Owner> owner_;
  // owned
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer connect_timer_;
  // state
  base::Address peer_;
  base::Time last_used_;
  bool accepted_ = false, open_ = false, writing_ = false, closing_ = false, ended_ = false;
  std::deque<std::string> queue_;
  std::size_t queued_ = 0;
  std::array<std::uint8_t, 16384> buffer_;
};

}  // namespace daedap::net
