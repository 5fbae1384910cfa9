#include "net/http_session.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "net/loop.hpp"

namespace daedap::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;

struct OpenFile {
  int fd = -1;
  ByteRange range{};
  OpenFile() = default;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd >= 0) ::close(fd);
  }
};

HttpResponse refusal(int status, const char* code, const char* message) {
  HttpResponse response;
  response.status = status;
  response.body = std::string(R"({"error":{"code":")") + code + R"(","message":")" + message +
                  R"(","detail":null}})";
  return response;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

class Session final : public HttpSession, public std::enable_shared_from_this<Session> {
 public:
  using Parser = http::request_parser<http::string_body>;
  using Header = http::response<http::empty_body>;

  Session(std::shared_ptr<HttpShared> shared, int fd, const base::Address& remote,
          std::function<void()> ended)
      : shared_(std::move(shared)),
        remote_(remote),
        ended_(std::move(ended)),
        stream_(shared_->loop.context()),
        buffer_(shared_->limits.header + shared_->limits.body) {
    const auto protocol = remote.v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
    error_code ignored;
    stream_.socket().assign(protocol, fd, ignored);
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  void start() override { read_header(); }
  void abandon() override {
    ended_ = {};
    close();
  }
  void respond(HttpResponse response) override;

 private:
  void read_header();
  void on_header(error_code ec);
  void read_body();
  void on_request(error_code ec);
  void refuse(error_code ec);
  void write_file(HttpResponse response, Header header);
  void write_chunk();
  void after_response();
  void drain();
  void close();
  HttpRequest request();
  Header header_of(const HttpResponse& response) const;
  template <typename Message>
  void write(std::shared_ptr<Message> message);

  // given
  std::shared_ptr<HttpShared> shared_;
  base::Address remote_;
  std::function<void()> ended_;
  // owned
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::unique_ptr<OpenFile> file_;
  std::vector<char> chunk_;
  // state
  unsigned version_ = 11;
  bool keep_alive_ = false, head_ = false, waiting_ = false;
  std::string range_;
};

void Session::read_header() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(shared_->limits.header));
  parser_->body_limit(shared_->limits.body);
  // One limit for the whole request: a peer that sends a byte now and then gains nothing.
  stream_.expires_after(shared_->limits.read);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](error_code ec, std::size_t) { self->on_header(ec); });
}

void Session::on_header(error_code ec) {
  if (ec) return refuse(ec);
  if (parser_->is_done() || parser_->get()[http::field::expect] != "100-continue") return read_body();
  static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(go_on),
                    [self = shared_from_this()](error_code failed, std::size_t) {
                      failed ? self->close() : self->read_body();
                    });
}

void Session::read_body() {
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code ec, std::size_t) { self->on_request(ec); });
}

void Session::on_request(error_code ec) {
  if (ec) return refuse(ec);
  const Loop::Watch watch(shared_->loop, "http");
  ++shared_->figures.requests;
  HttpRequest in = request();
  waiting_ = true;
  if (!split_target(in)) {
    ++shared_->figures.bad_requests;
    return respond(refusal(400, "bad_request", "bad request target"));
  }
  shared_->handler(std::move(in), make_respond(shared_->gate, weak_from_this()));
}

HttpRequest Session::request() {
  auto message = parser_->release();
  HttpRequest out;
  out.method = std::string(message.method_string());
  out.target = std::string(message.target());
  out.remote = remote_;
  for (const auto& field : message) {
    std::string& value = out.headers[lower(field.name_string())];
    if (!value.empty()) value += ", ";
    value += std::string(field.value());
  }
  out.body = std::move(message.body());
  version_ = message.version();
  keep_alive_ = message.keep_alive();
  head_ = message.method() == http::verb::head;
  range_ = message.method() == http::verb::get && out.header("if-range").empty()
               ? std::string(out.header("range"))
               : std::string{};
  return out;
}

void Session::refuse(error_code ec) {
  keep_alive_ = head_ = false;
  waiting_ = true;
  const bool ours = ec.category() == http::make_error_code(http::error::bad_method).category();
  if (!ours || ec == http::error::end_of_stream || ec == http::error::partial_message) return close();
  ++shared_->figures.bad_requests;
  if (ec == http::error::header_limit)
    return respond(refusal(431, "too_large", "request header too large"));
  if (ec == http::error::body_limit || ec == http::error::buffer_overflow)
    return respond(refusal(413, "too_large", "request body too large"));
  respond(refusal(400, "bad_request", "malformed HTTP"));
}

Session::Header Session::header_of(const HttpResponse& response) const {
  Header header(static_cast<http::status>(response.status), version_);
  header.set(http::field::server, "daedap");
  header.set(http::field::content_type, response.content_type);
  header.set("X-Content-Type-Options", "nosniff");
  header.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : response.headers) header.set(name, value);
  header.keep_alive(keep_alive_);
  return header;
}

template <typename Message>
void Session::write(std::shared_ptr<Message> message) {
  stream_.expires_after(shared_->limits.write);
  http::async_write(stream_, *message,
                    [self = shared_from_this(), message](error_code ec, std::size_t) {
                      if (ec && ec != http::error::end_of_stream) return self->close();
                      self->after_response();
                    });
}

void Session::respond(HttpResponse response) {
  if (!waiting_) return;
  waiting_ = false;
  auto header = header_of(response);
  if (response.file) return write_file(std::move(response), std::move(header));
  if (head_ || response.status == 204 || response.status == 304) {
    if (response.status != 204) header.content_length(response.body.size());
    return write(std::make_shared<Header>(std::move(header)));
  }
  auto message = std::make_shared<http::response<http::string_body>>(
      std::move(header.base()), std::move(response.body));
  message->prepare_payload();
  write(std::move(message));
}

void Session::write_file(HttpResponse response, Header header) {
  file_ = std::make_unique<OpenFile>();
  file_->fd = ::open(response.file->c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about {};
  if (file_->fd < 0 || ::fstat(file_->fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    file_.reset();
    waiting_ = true;
    return respond(refusal(404, "not_found", "no such file"));
  }
  const auto size = static_cast<std::uint64_t>(about.st_size);
  const auto answer = byte_range(range_, size, file_->range);
  header.set(http::field::accept_ranges, "bytes");
  if (answer == RangeAnswer::unsatisfiable) {
    header.result(http::status::range_not_satisfiable);
    header.set(http::field::content_range, "bytes */" + std::to_string(size));
    file_->range = {};
  } else if (answer == RangeAnswer::part) {
    header.result(http::status::partial_content);
    const std::uint64_t last = file_->range.first + file_->range.length - 1;
    header.set(http::field::content_range, "bytes " + std::to_string(file_->range.first) + "-" +
                                               std::to_string(last) + "/" + std::to_string(size));
  }
  header.content_length(file_->range.length);
  if (head_) file_->range.length = 0;
  write(std::make_shared<Header>(std::move(header)));
}

void Session::write_chunk() {
  chunk_.resize(std::min<std::uint64_t>(chunk_bytes, file_->range.length));
  const ssize_t size = ::pread(file_->fd, chunk_.data(), chunk_.size(), static_cast<off_t>(file_->range.first));
  if (size <= 0) return close();  // shorter than promised: only a broken connection can say so
  file_->range.first += static_cast<std::uint64_t>(size);
  file_->range.length -= static_cast<std::uint64_t>(size);
  stream_.expires_after(shared_->limits.write);
  asio::async_write(stream_, asio::buffer(chunk_.data(), static_cast<std::size_t>(size)),
                    [self = shared_from_this()](error_code ec, std::size_t) {
                      ec ? self->close() : self->after_response();
                    });
}

void Session::after_response() {
  if (file_ && file_->range.length > 0) return write_chunk();
  file_.reset();
  chunk_ = {};
  if (keep_alive_) return read_header();
  error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(std::min<base::Duration>(shared_->limits.read, std::chrono::seconds{2}));
  drain();
}

// Closing with unread bytes would reset the connection before the peer has read our answer.
void Session::drain() {
  chunk_.resize(chunk_bytes);
  stream_.async_read_some(asio::buffer(chunk_), [self = shared_from_this()](error_code ec, std::size_t) {
    ec ? self->close() : self->drain();
  });
}

void Session::close() {
  waiting_ = false;
  file_.reset();
  stream_.close();
  if (const auto ended = std::exchange(ended_, {})) ended();
}

}  // namespace

std::shared_ptr<HttpSession> make_http_session(std::shared_ptr<HttpShared> shared, int fd,
                                               const base::Address& remote,
                                               std::function<void()> ended) {
  return std::make_shared<Session>(std::move(shared), fd, remote, std::move(ended));
}

}  // namespace daedap::net
