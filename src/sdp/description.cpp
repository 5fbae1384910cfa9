#include "sdp/description.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sdp/audio_line.hpp"

namespace daedap::sdp {
namespace {

constexpr int our_ptime = 20;  // milliseconds
constexpr int first_event_type = 101, last_type = 127;

Codec event_codec(int type, int clock_rate) {
  return {.name = "telephone-event",
          .clock_rate = clock_rate,
          .payload_type = type,
          .fmtp = "0-15"};
}

void append_rtpmap(std::string& out, const Codec& c) {
  out += fmt::format("a=rtpmap:{} {}/{}", c.payload_type, c.name, c.clock_rate);
  out += c.channels > 1 ? fmt::format("/{}\r\n", c.channels) : "\r\n";
  if (!c.fmtp.empty()) out += fmt::format("a=fmtp:{} {}\r\n", c.payload_type, c.fmtp);
}

// What stands in an m=audio line and below it, besides what LocalMedia says.
struct Line {
  std::string_view protocol;
  std::vector<Codec> formats;
  std::vector<CryptoKey> crypto;
  Direction direction;
  bool mux;
};

std::string write_line(const LocalMedia& local, const Line& line) {
  const auto& formats = line.formats;
  std::string out = fmt::format("m=audio {} {}", local.rtp.port, line.protocol);
  for (const Codec& c : formats) out += fmt::format(" {}", c.payload_type);
  out += "\r\n";
  for (const Codec& c : formats) append_rtpmap(out, c);
  for (const CryptoKey& key : line.crypto) out += fmt::format("a=crypto:{}\r\n", write_crypto(key));
  out += fmt::format("a=ptime:{}\r\na={}\r\n", our_ptime, name(line.direction));
  if (line.mux) out += "a=rtcp-mux\r\n";
  return out;
}

// The clock rates of our codecs, each once, in order.
std::vector<int> clock_rates(const LocalMedia& local) {
  std::vector<int> rates;
  for (const Codec& c : local.codecs) {
    const bool known = std::find(rates.begin(), rates.end(), c.clock_rate) != rates.end();
    if (!known) rates.push_back(c.clock_rate);
  }
  return rates;
}

}  // namespace

std::string write_session(const LocalMedia& local, std::string_view timing) {
  const std::string address =
      fmt::format("IN {} {}", local.rtp.v6 ? "IP6" : "IP4", local.rtp.ip_text());
  return fmt::format("v=0\r\no=- {} {} {}\r\ns=-\r\nc={}\r\nt={}\r\n", local.session_id,
                     local.version, address, address, timing);
}

std::string write_offer_line(const LocalMedia& local) {
  std::vector<Codec> formats = local.codecs;
  for (int rate : local.event ? std::vector{local.event->clock_rate} : clock_rates(local)) {
    const int type = event_type(local, rate);
    if (local.telephone_event && type >= 0) formats.push_back(event_codec(type, rate));
  }
  const bool secure = local.srtp == SrtpPolicy::required ||
                      (local.srtp == SrtpPolicy::optional && local.secure_profile);
  Line line{secure ? "RTP/SAVP" : "RTP/AVP", std::move(formats), {}, local.direction, true};
  if (local.srtp != SrtpPolicy::off) line.crypto = local.crypto;
  return write_line(local, line);
}

std::string write_answer_line(const Negotiated& media, const LocalMedia& local,
                              std::string_view protocol) {
  std::vector<Codec> formats = media.receive;
  if (media.recv_event_type) {
    formats.push_back(event_codec(*media.recv_event_type, media.event_clock_rate));
  }
  Line line{protocol, std::move(formats), {}, media.direction, media.rtcp_mux};
  if (media.srtp_send) line.crypto.push_back(*media.srtp_send);
  return write_line(local, line);
}

std::string write_refusal(const MediaLine& line) {
  std::string out = fmt::format("m={} 0 {}", line.type, line.protocol);
  for (const std::string& format : line.formats) out += " " + format;
  return out + "\r\n";
}

int event_type(const LocalMedia& local, int clock_rate) {
  if (local.event) return local.event->clock_rate == clock_rate ? local.event->payload_type : -1;
  int type = first_event_type;
  for (int rate : clock_rates(local)) {
    const auto taken = [&](const Codec& c) { return c.payload_type == type; };
    while (std::any_of(local.codecs.begin(), local.codecs.end(), taken)) ++type;
    if (type > last_type) return -1;
    if (rate == clock_rate) return type;
    ++type;
  }
  return -1;
}

}  // namespace daedap::sdp
