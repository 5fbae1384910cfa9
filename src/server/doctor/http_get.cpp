#include "server/doctor/http_get.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <chrono>

namespace daedap::server {

HttpAnswer http_get(const std::string& ip, std::uint16_t port, const std::string& path,
                    const std::string& token) {
  constexpr std::size_t most = 16 << 20;
  HttpAnswer answer;
  try {
    boost::asio::ip::tcp::iostream stream;
    stream.expires_after(std::chrono::seconds{5});
    stream.connect(ip, std::to_string(port));
    stream << "GET " << path << " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    if (!token.empty()) stream << "Authorization: Bearer " << token << "\r\n";
    stream << "\r\n" << std::flush;
    std::string word;
    stream >> word >> answer.status;
    while (std::getline(stream, word) && word != "\r") {
    }
    for (char block[4096];
         answer.body.size() < most && (stream.read(block, sizeof block) || stream.gcount() > 0);)
      answer.body.append(block, static_cast<std::size_t>(stream.gcount()));
  } catch (const std::exception&) {
    answer.status = 0;
  }
  return answer;
}

}  // namespace daedap::server
