#include "net/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "net/loop.hpp"
#include "net/on_loop.hpp"
#include "net/raw_client.hpp"

namespace daedap::net {
namespace {

using test::loopback;
using test::on_loop;
using test::RawClient;
using testing::HasSubstr;
using testing::StartsWith;

class HttpServerTest : public testing::Test {
 protected:
  void start(Handler handler, HttpLimits limits = {}) {
    server = std::make_unique<HttpServer>(loop, limits, std::move(handler));
    address = *server->listen(loopback());
    loop.start();
  }
  void start_echo(HttpLimits limits = {}) {
    start([](HttpRequest request, Respond respond) {
      HttpResponse response;
      response.content_type = "text/plain";
      response.body = request.method + " " + request.path + " " + request.body;
      respond(std::move(response));
    }, limits);
  }
  void start_file(std::size_t size) {
    path = std::filesystem::temp_directory_path() / ("daedap_http_" + std::to_string(::getpid()));
    std::string content(size, ' ');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>('a' + i % 26);
    std::ofstream(path, std::ios::binary) << content;
    start([this](HttpRequest, Respond respond) {
      HttpResponse response;
      response.content_type = "audio/wav";
      response.file = path;
      respond(std::move(response));
    });
  }
  std::string ask(const std::string& request) {
    RawClient client(address);
    client.send(request);
    return client.read_response(request.starts_with("HEAD"));
  }
  ~HttpServerTest() override {
    loop.stop();
    loop.join();
    if (!path.empty()) std::filesystem::remove(path);
  }

  Loop loop{"test"};
  std::unique_ptr<HttpServer> server;
  base::Address address;
  std::filesystem::path path;
};

std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }

TEST_F(HttpServerTest, AnswersSeveralRequestsOnOneConnection) {
  start_echo();
  RawClient client(address);
  client.send("GET /one HTTP/1.1\r\nHost: x\r\n\r\nPOST /two HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(body_of(client.read_response()), "GET /one ");
  EXPECT_EQ(body_of(client.read_response()), "POST /two abc");
  client.send("GET /three HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.read_all(), HasSubstr("GET /three"));
}

TEST_F(HttpServerTest, TakesAnAnswerFromAnotherThreadAndOnlyOnce) {
  std::thread worker;
  start([&](HttpRequest, Respond respond) {
    worker = std::thread([respond] {
      respond({.status = 202, .body = "first"});
      respond({.status = 500, .body = "second"});
    });
  });
  const std::string response = ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  worker.join();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 202"));
  EXPECT_EQ(body_of(response), "first");
}

TEST_F(HttpServerTest, Says500WhenTheHandlerForgetsToAnswer) {
  start([](HttpRequest, Respond) {});
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 500"));
}

TEST_F(HttpServerTest, DropsAnAnswerThatComesAfterItsEnd) {
  std::promise<Respond> kept;
  start([&](HttpRequest, Respond respond) { kept.set_value(std::move(respond)); });
  RawClient client(address);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  Respond respond = kept.get_future().get();
  on_loop(loop, [&] { server.reset(); });
  respond({.body = "late"});
  EXPECT_EQ(client.read_all(), "");
}

TEST_F(HttpServerTest, SendsNoBodyToHead) {
  start_echo();
  const std::string response = ask("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(response, HasSubstr("Content-Length: 8"));
  EXPECT_EQ(body_of(response), "");
}

TEST_F(HttpServerTest, GoesOnAfterExpect100) {
  start_echo();
  RawClient client(address);
  client.send("POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_THAT(client.read_response(), StartsWith("HTTP/1.1 100"));
  client.send("ab");
  EXPECT_EQ(body_of(client.read_response()), "POST /x ab");
}

TEST_F(HttpServerTest, RefusesAnOversizedHeader) {
  start_echo();
  const std::string response =
      ask("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 431"));
}

TEST_F(HttpServerTest, RefusesAnOversizedBodyByItsLengthAndByItsChunks) {
  start_echo();
  EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  RawClient client(address);
  client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'a') + "\r\n";
  for (int i = 0; i < 20 && client.send(chunk); ++i) {
  }
  EXPECT_THAT(client.read_response(), StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, Answers400ToWhatIsNoHttp) {
  start_echo();
  for (const char* garbage : {"\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                              "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                              "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                              "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na"}) {
    EXPECT_THAT(ask(garbage), StartsWith("HTTP/1.1 400")) << garbage;
  }
  EXPECT_THAT(ask("GET /../secret HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpServerTest, ClosesAPeerThatDribblesItsRequest) {
  HttpLimits limits;
  limits.header = 64 << 20;  // so that only the time can end it
  limits.read = base::Millis{150};
  start_echo(limits);
  RawClient client(address);
  const auto start = std::chrono::steady_clock::now();
  // One byte whenever the last one went out; the limit is for the whole request all the same.
  std::thread reader([&] { client.read_all(); });
  client.send("GET / HTTP/1.1\r\n");
  while (client.send("a")) {
    if (std::chrono::steady_clock::now() - start > test::patience) break;
    std::this_thread::yield();
  }
  reader.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, test::patience);
}

TEST_F(HttpServerTest, ClosesASilentPeer) {
  HttpLimits limits;
  limits.read = base::Millis{50};
  start_echo(limits);
  RawClient client(address);
  EXPECT_EQ(client.read_all(), "");
}

TEST_F(HttpServerTest, TurnsAwayConnectionsOverTheLimit) {
  HttpLimits limits;
  limits.connections = 1;
  start_echo(limits);
  RawClient first(address);
  first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_THAT(first.read_response(), StartsWith("HTTP/1.1 200"));
  RawClient second(address);
  EXPECT_EQ(second.read_all(), "");
  EXPECT_EQ(on_loop(loop, [&] { return server->figures().turned_away; }), 1U);
}

TEST_F(HttpServerTest, StreamsAWholeFile) {
  start_file(300'000);
  const std::string response = ask("GET /f HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(response, HasSubstr("Accept-Ranges: bytes"));
  EXPECT_EQ(body_of(response).size(), 300'000U);
  EXPECT_EQ(body_of(response).back(), 'a' + 299'999 % 26);
}

TEST_F(HttpServerTest, AnswersByteRanges) {
  start_file(1000);
  const std::string part = ask("GET /f HTTP/1.1\r\nHost: x\r\nRange: bytes=26-30\r\n\r\n");
  EXPECT_THAT(part, StartsWith("HTTP/1.1 206"));
  EXPECT_THAT(part, HasSubstr("Content-Range: bytes 26-30/1000"));
  EXPECT_EQ(body_of(part), "abcde");
  const std::string beyond = ask("GET /f HTTP/1.1\r\nHost: x\r\nRange: bytes=1000-\r\n\r\n");
  EXPECT_THAT(beyond, StartsWith("HTTP/1.1 416"));
  EXPECT_THAT(beyond, HasSubstr("Content-Range: bytes */1000"));
  const std::string head = ask("HEAD /f HTTP/1.1\r\nHost: x\r\nRange: bytes=1-2\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 1000"));
  EXPECT_EQ(body_of(head), "");
}

TEST_F(HttpServerTest, Says404ForAFileThatIsGone) {
  start_file(10);
  std::filesystem::remove(path);
  EXPECT_THAT(ask("GET /f HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404"));
}

}  // namespace
}  // namespace daedap::net
