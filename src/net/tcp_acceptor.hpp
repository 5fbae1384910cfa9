#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"

namespace daedap::net {

class Loop;

/// The listening sockets of one server. Internal.
/// thread  the loop's (or before it starts, or after it is joined)
class TcpAcceptor {
 public:
  using Accepted = std::function<void(boost::asio::ip::tcp::socket, const base::Address& peer)>;
  TcpAcceptor(Loop& loop, Accepted accepted);
  /// Closes the listening sockets; nothing is accepted any more.
  ~TcpAcceptor();

  /// Listens on `local` too. Gives the address really bound.
  /// errors  Code::no_port when it is taken, Code::io otherwise
  base::Result<base::Address> listen(const base::Address& local);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<boost::asio::ip::tcp::acceptor>> acceptors_;
};

}  // namespace daedap::net
