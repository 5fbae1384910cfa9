#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_session_st;

namespace daedap::net {

/// The TLS side of one connection. Knows no socket: bytes of the wire in and out, plain bytes in and out.
/// in      on_bytes, write, shut_down; after each drain `read` and `take_output`
/// errors  broken(): send what take_output gives (the alert), then close
/// thread  that of its TlsContext
class TlsSession {
 public:
  /// Takes over what resumes a session with that host.
  using Keep = std::function<void(const std::string& host, ssl_session_st* session)>;
  /// Made by TlsContext. Takes `ssl` over; `keep` is for a client.
  TlsSession(ssl_st* ssl, bool accepts, std::string host, Keep keep);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// The client's first flight; a server waits.
  void start() { advance(); }
  /// The library gave the client a session that it may resume. Internal.
  void on_new_session(ssl_session_st* session) { keep_(host_, session); }
  /// What the socket read.
  void on_bytes(std::span<const std::uint8_t> bytes);
  /// Plain bytes to be sent; kept until the session is open.
  void write(std::string_view plain);
  /// Says good-bye (close_notify).
  void shut_down();

  /// The next plain bytes; empty when there are none. Valid until the next call.
  std::span<const std::uint8_t> read();
  /// What must go to the socket; empty when there is nothing.
  std::string take_output();

  bool open() const { return open_; }
  bool broken() const { return broken_; }
  /// The peer said good-bye.
  bool closed() const { return closed_; }
  bool resumed() const;
  /// "TLSv1.3"
  const char* version() const;
  /// Bytes that wait for the session to open.
  std::size_t waiting() const { return early_.size(); }
  /// Why it broke, for logs; holds nothing that the peer chose.
  const std::string& trouble() const { return trouble_; }

 private:
  void advance();
  void encrypt(std::string_view plain);
  void fail();

  // given
  const std::string host_;
  const Keep keep_;
  // owned
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  std::unique_ptr<ssl_st, Free> ssl_;
  // state
  bool open_ = false, broken_ = false, closed_ = false;
  std::string early_, trouble_;
  std::array<std::uint8_t, 16384> plain_;  // one record
};

}  // namespace daedap::net
