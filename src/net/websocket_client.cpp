// The only file that sees Beast's WebSocket and Asio's TLS.
#include "net/websocket_client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>
#include <optional>
#include <variant>

#include "base/address.hpp"
#include "net/loop.hpp"

namespace daedap::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t longest_message = 1 << 20;

struct Text {
  std::string bytes;
};
struct Ping {
  std::string payload;
};
struct Close {};
using Outgoing = std::variant<Text, Ping, Close>;

base::Result<std::unique_ptr<asio::ssl::context>> client_context(const std::string& ca) {
  error_code ec;
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  context->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, ec);
  context->set_verify_mode(asio::ssl::verify_peer, ec);
  if (ca.empty()) context->set_default_verify_paths(ec);
  else context->load_verify_file(ca, ec);
  if (ec) return base::fail(base::Code::io, "cannot use the CA file", ca + ": " + ec.message());
  return context;
}

}  // namespace

class WebSocketClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Loop& loop, WebSocketPeer peer, Events events)
      : loop_(loop), peer_(std::move(peer)), events_(std::move(events)), resolver_(loop.context()), timer_(loop.context()) {}

  void connect();
  void enqueue(Outgoing one);
  void drop() {
    events_ = {};
    end("dropped");
  }

 private:
  using Plain = websocket::stream<beast::tcp_stream>;
  using Secure = websocket::stream<beast::ssl_stream<beast::tcp_stream>>;

  template <typename F>
  void with_stream(F f) {
    if (plain_) f(*plain_);
    else if (secure_) f(*secure_);
  }
  beast::tcp_stream& wire() { return plain_ ? beast::get_lowest_layer(*plain_) : beast::get_lowest_layer(*secure_); }

  void on_resolved(const tcp::resolver::results_type& found);
  void on_connected(error_code ec);
  void shake_hands_tls();
  void upgrade();
  void on_upgraded(error_code ec);
  void read();
  void write();
  void on_written(error_code ec);
  void end(std::string why);

  // given
  Loop& loop_;
  const WebSocketPeer peer_;
  Events events_;
  // owned
  tcp::resolver resolver_;
  asio::steady_timer timer_;  // until it is open
  std::unique_ptr<asio::ssl::context> tls_;
  std::optional<Plain> plain_;
  std::optional<Secure> secure_;
  websocket::response_type answer_;
  beast::flat_buffer read_buffer_{longest_message};
  // state
  std::deque<Outgoing> queue_;
  bool open_ = false, writing_ = false, ended_ = false;
};

void WebSocketClient::Impl::connect() {
  timer_.expires_after(peer_.patience);
  timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec && !self->open_) self->end("no connection in time");
  });
  if (peer_.url.tls) {
    auto context = client_context(peer_.ca);
    if (!context) return loop_.post("websocket", [self = shared_from_this(), why = context.error().message()] { self->end(why); });
    tls_ = std::move(*context);
    secure_.emplace(loop_.context(), *tls_);
  } else {
    plain_.emplace(loop_.context());
  }
  // A number needs no name server, and must not wait for one that another consumer waits for.
  if (const auto ip = base::Address::parse_ip(peer_.url.host))
    return wire().async_connect(tcp::endpoint(asio::ip::make_address(ip->ip_text()), peer_.url.port),
                                [self = shared_from_this()](error_code ec) { self->on_connected(ec); });
  resolver_.async_resolve(peer_.url.host, std::to_string(peer_.url.port),
                          [self = shared_from_this()](error_code ec, const tcp::resolver::results_type& found) {
                            if (self->ended_) return;
                            if (ec) return self->end("the host's name is not known: " + ec.message());
                            self->on_resolved(found);
                          });
}

void WebSocketClient::Impl::on_resolved(const tcp::resolver::results_type& found) {
  wire().async_connect(found, [self = shared_from_this()](error_code ec, const tcp::endpoint&) { self->on_connected(ec); });
}

void WebSocketClient::Impl::on_connected(error_code ec) {
  if (ended_) return;
  if (ec) return end("cannot connect: " + ec.message());
  error_code ignored;
  wire().socket().set_option(tcp::no_delay(true), ignored);
  if (secure_) return shake_hands_tls();
  upgrade();
}

/// spec  RFC 6125: the certificate must carry the URL's host.
void WebSocketClient::Impl::shake_hands_tls() {
  auto& tls = secure_->next_layer();
  const std::string& host = peer_.url.host;
  if (!base::Address::parse_ip(host)) SSL_set_tlsext_host_name(tls.native_handle(), host.c_str());
  error_code ignored;
  tls.set_verify_callback(asio::ssl::host_name_verification(host), ignored);
  tls.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](error_code ec) {
    if (self->ended_) return;
    if (!ec) return self->upgrade();
    const long verdict = SSL_get_verify_result(self->secure_->next_layer().native_handle());
    const std::string why = verdict == X509_V_OK ? ec.message() : X509_verify_cert_error_string(verdict);
    self->end("TLS: " + why);
  });
}

void WebSocketClient::Impl::upgrade() {
  with_stream([this](auto& stream) {
    // Nobody is waited for twice: our own timer covers the way to `opened`, pings what comes after.
    websocket::stream_base::timeout none{websocket::stream_base::none(), websocket::stream_base::none(), false};
    stream.set_option(none);
    stream.read_message_max(longest_message);
    stream.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      request.set(beast::http::field::user_agent, "daedap");
      for (const auto& [name, value] : peer_.headers) request.set(name, value);
    }));
    stream.control_callback([this](websocket::frame_type kind, beast::string_view payload) {
      if (kind != websocket::frame_type::pong || !events_.pong) return;
      const auto tell = events_.pong;  // it may drop us
      tell(std::string(payload));
    });
    stream.async_handshake(answer_, peer_.url.authority(), peer_.url.target,
                           [self = shared_from_this()](error_code ec) { self->on_upgraded(ec); });
  });
}

void WebSocketClient::Impl::on_upgraded(error_code ec) {
  if (ended_) return;
  if (ec == websocket::error::upgrade_declined) {
    const unsigned status = answer_.result_int();
    return end("refused with status " + std::to_string(status) + (status / 100 == 3 ? " (redirects are not followed)" : ""));
  }
  if (ec) return end("no WebSocket: " + ec.message());
  timer_.cancel();
  open_ = true;
  with_stream([](auto& stream) { stream.text(true); });
  read();
  if (const auto tell = events_.opened) tell();
  write();
}

void WebSocketClient::Impl::read() {
  with_stream([this](auto& stream) {
    stream.async_read_some(read_buffer_, 0, [self = shared_from_this()](error_code ec, std::size_t) {
      if (self->ended_) return;
      if (ec) return self->end(ec == websocket::error::closed ? "closed by the consumer" : "connection lost: " + ec.message());
      self->read_buffer_.consume(self->read_buffer_.size());
      self->read();
    });
  });
}

void WebSocketClient::Impl::enqueue(Outgoing one) {
  if (ended_) return;
  queue_.push_back(std::move(one));
  write();
}

/// One at a time, so that a ping's pong speaks for all that went before it.
void WebSocketClient::Impl::write() {
  if (!open_ || writing_ || ended_ || queue_.empty()) return;
  writing_ = true;
  const auto done = [self = shared_from_this()](error_code ec, std::size_t = 0) { self->on_written(ec); };
  with_stream([&](auto& stream) {
    Outgoing& first = queue_.front();
    if (const auto* text = std::get_if<Text>(&first)) stream.async_write(asio::buffer(text->bytes), done);
    else if (const auto* ping = std::get_if<Ping>(&first))
      stream.async_ping(websocket::ping_data(ping->payload.substr(0, 125)), [done](error_code ec) { done(ec); });
    else stream.async_close(websocket::close_code::going_away, [done](error_code ec) { done(ec); });
  });
}

void WebSocketClient::Impl::on_written(error_code ec) {
  if (ended_) return;
  writing_ = false;
  if (ec) return end("connection lost: " + ec.message());
  const bool text = std::holds_alternative<Text>(queue_.front());
  const bool last = std::holds_alternative<Close>(queue_.front());
  queue_.pop_front();
  if (last) return end("closed by us");
  if (const auto tell = text ? events_.written : nullptr) tell();
  write();
}

void WebSocketClient::Impl::end(std::string why) {
  if (std::exchange(ended_, true)) return;
  open_ = false;
  timer_.cancel();
  resolver_.cancel();
  if (plain_ || secure_) wire().close();
  if (!events_.closed) return;
  // In a task of its own: it may destroy us.
  loop_.post("websocket", [self = shared_from_this(), why = std::move(why)] {
    if (const auto tell = self->events_.closed) tell(why);
  });
}

WebSocketClient::WebSocketClient(Loop& loop, WebSocketPeer peer, Events events)
    : impl_(std::make_shared<Impl>(loop, std::move(peer), std::move(events))) {
  impl_->connect();
}
WebSocketClient::~WebSocketClient() { impl_->drop(); }
void WebSocketClient::send(std::string text) { impl_->enqueue(Text{std::move(text)}); }
void WebSocketClient::ping(std::string payload) { impl_->enqueue(Ping{std::move(payload)}); }
void WebSocketClient::close() { impl_->enqueue(Close{}); }

base::Result<void> check_ca_file(const std::string& path) {
  auto context = client_context(path);
  if (!context) return tl::unexpected(std::move(context.error()));
  return {};
}

}  // namespace daedap::net
