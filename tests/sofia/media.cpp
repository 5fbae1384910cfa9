#include "tests/sofia/media.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <random>
#include <stdexcept>

namespace sofia_phone {
namespace {

constexpr int packet_samples = 160;
constexpr std::chrono::milliseconds packet_time{20};
constexpr std::size_t header_bytes = 12;

std::int16_t from_mu_law(std::uint8_t byte) {
  const int code = ~byte & 0xff;
  const int magnitude = ((((code & 0x0f) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
  return static_cast<std::int16_t>((code & 0x80) != 0 ? -magnitude : magnitude);
}

std::uint8_t to_mu_law(std::int16_t sample) {
  const unsigned biased = static_cast<unsigned>(std::min(std::abs(int{sample}), 32'635)) + 0x84;
  const int segment = static_cast<int>(std::bit_width(biased)) - 8;
  const auto code = static_cast<unsigned>(segment << 4) | ((biased >> (segment + 3)) & 0x0f) | (sample < 0 ? 0x80U : 0U);
  return static_cast<std::uint8_t>(~code & 0xff);
}

std::int16_t from_a_law(std::uint8_t byte) {
  const int code = byte ^ 0x55;
  const int segment = (code >> 4) & 7;
  int magnitude = ((code & 0x0f) << 4) + 8;
  if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
  return static_cast<std::int16_t>((code & 0x80) != 0 ? magnitude : -magnitude);
}

std::uint8_t to_a_law(std::int16_t sample) {
  const auto magnitude = static_cast<unsigned>(std::min(std::abs(int{sample}), 32'767));
  const int segment = std::max(0, static_cast<int>(std::bit_width(magnitude)) - 8);
  const unsigned mantissa = (magnitude >> (segment == 0 ? 4 : segment + 3)) & 0x0f;
  const unsigned code = static_cast<unsigned>(segment << 4) | mantissa | (sample < 0 ? 0U : 0x80U);
  return static_cast<std::uint8_t>(code ^ 0x55);
}

void put_u32(std::uint8_t* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

}  // namespace

const char* name_of(Codec codec) { return codec == Codec::pcma ? "PCMA" : "PCMU"; }

Media::Media(const std::string& address, double hz) : source_(std::random_device{}()), maker_(hz) {
  sockaddr_in local{};
  local.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &local.sin_addr);
  socklen_t length = sizeof local;
  socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0 || bind(socket_, reinterpret_cast<sockaddr*>(&local), length) != 0)
    throw std::runtime_error("no RTP port at " + address);
  getsockname(socket_, reinterpret_cast<sockaddr*>(&local), &length);
  port_ = ntohs(local.sin_port);
}

Media::~Media() { close(socket_); }

void Media::agree(const std::string& ip, std::uint16_t port, Codec codec, bool send) {
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(port);
  inet_pton(AF_INET, ip.c_str(), &peer.sin_addr);
  peer_ = peer;
  codec_ = codec;
  send_ = send && port != 0 && peer.sin_addr.s_addr != INADDR_ANY;
}

void Media::run(std::chrono::steady_clock::time_point now) {
  take_packets();
  if (!peer_) return;
  if (!next_) next_ = now;
  for (; *next_ <= now; *next_ += packet_time) {
    timestamp_ += packet_samples;
    if (send_) send_packet();
  }
}

void Media::send_packet() {
  std::array<std::uint8_t, header_bytes + packet_samples> packet{};
  packet[0] = 0x80;
  packet[1] = static_cast<std::uint8_t>(codec_);
  packet[2] = static_cast<std::uint8_t>(sequence_ >> 8);
  packet[3] = static_cast<std::uint8_t>(sequence_);
  ++sequence_;
  put_u32(&packet[4], timestamp_);
  put_u32(&packet[8], source_);
  for (std::size_t i = header_bytes; i < packet.size(); ++i)
    packet[i] = codec_ == Codec::pcma ? to_a_law(maker_.next()) : to_mu_law(maker_.next());
  (void)sendto(socket_, packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&*peer_), sizeof *peer_);
}

void Media::take_packets() {
  std::array<std::uint8_t, 2048> packet;
  ssize_t length = 0;
  while ((length = recv(socket_, packet.data(), packet.size(), 0)) >= 0) {
    if (static_cast<std::size_t>(length) < header_bytes || packet[0] != 0x80) continue;
    const auto type = static_cast<std::uint8_t>(packet[1] & 0x7f);
    if (type != 0 && type != 8) {
      ++foreign_;
      continue;
    }
    if (type != static_cast<std::uint8_t>(codec_)) ++foreign_;
    ++received_;
    std::array<std::int16_t, 2048> pcm;
    const std::size_t samples = static_cast<std::size_t>(length) - header_bytes;
    for (std::size_t i = 0; i < samples; ++i)
      pcm[i] = type == 8 ? from_a_law(packet[header_bytes + i]) : from_mu_law(packet[header_bytes + i]);
    meter_.hear({pcm.data(), samples});
  }
}

}  // namespace sofia_phone
