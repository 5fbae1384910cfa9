#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/sofia/tone.hpp"

namespace sofia_phone {

/// RTP payload types that this telephone speaks.
enum class Codec : std::uint8_t { pcmu = 0, pcma = 8 };
const char* name_of(Codec codec);

/// RTP of one call: says a tone every 20 ms where it is sent to, measures what comes.
class Media {
 public:
  Media(const std::string& address, double hz);
  ~Media();
  Media(const Media&) = delete;
  Media& operator=(const Media&) = delete;

  std::uint16_t port() const { return port_; }
  /// What the last offer and answer say. `send` false: stays silent.
  void agree(const std::string& ip, std::uint16_t port, Codec codec, bool send);
  /// Sends what is due and takes what came.
  void run(std::chrono::steady_clock::time_point now);

  ToneMeter& meter() { return meter_; }
  Codec codec() const { return codec_; }
  int received() const { return received_; }
  int foreign() const { return foreign_; }

 private:
  void send_packet();
  void take_packets();

  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::optional<sockaddr_in> peer_;
  Codec codec_ = Codec::pcmu;
  bool send_ = false;
  std::uint16_t sequence_ = 1;
  std::uint32_t timestamp_ = 0, source_;
  std::optional<std::chrono::steady_clock::time_point> next_;
  ToneMaker maker_;
  ToneMeter meter_;
  int received_ = 0, foreign_ = 0;  // foreign: a payload type that was not agreed on
};

}  // namespace sofia_phone
