#include "sdp/audio_line.hpp"

#include <algorithm>
#include <array>

#include "sdp/text.hpp"

namespace daedap::sdp {
namespace {

using base::Code;
using base::fail;

// Payload types that need no rtpmap. spec  RFC 3551 §6
struct StaticType {
  int type;
  const char* name;
  int clock_rate;
  int channels;
};
constexpr std::array static_types{
    StaticType{0, "PCMU", 8000, 1},   StaticType{3, "GSM", 8000, 1},
    StaticType{4, "G723", 8000, 1},   StaticType{5, "DVI4", 8000, 1},
    StaticType{6, "DVI4", 16000, 1},  StaticType{7, "LPC", 8000, 1},
    StaticType{8, "PCMA", 8000, 1},   StaticType{9, "G722", 8000, 1},
    StaticType{10, "L16", 44100, 2},  StaticType{11, "L16", 44100, 1},
    StaticType{12, "QCELP", 8000, 1}, StaticType{13, "CN", 8000, 1},
    StaticType{15, "G728", 8000, 1},  StaticType{18, "G729", 8000, 1}};

constexpr std::array every_direction{Direction::sendrecv, Direction::sendonly, Direction::recvonly,
                                     Direction::inactive};
constexpr int shortest_ptime = 10, longest_ptime = 60, usual_ptime = 20;

using Types = std::array<Codec, 128>;

// "0 PCMU/8000[/1]". A line that does not parse leaves its payload type unknown.
void read_rtpmap(Types& types, std::string_view value) {
  const auto type = number<std::uint8_t>(take(value, ' '));
  const std::string_view encoding = take(value, '/');
  const auto rate = number<int>(take(value, '/'));
  const auto channels = value.empty() ? std::optional(1) : number<int>(value);
  if (!type || *type > 127 || !is_token(encoding) || !rate || *rate < 1 || !channels) return;
  Codec& codec = types[*type];
  codec.name = encoding;
  codec.clock_rate = *rate;
  codec.channels = *channels;
}

void read_fmtp(Types& types, std::string_view value) {
  const auto type = number<std::uint8_t>(take(value, ' '));
  if (type && *type < 128) types[*type].fmtp = value;
}

Types read_types(const MediaLine& line) {
  Types types;
  for (const StaticType& s : static_types) {
    Codec& codec = types[static_cast<std::size_t>(s.type)];
    codec.name = s.name;
    codec.clock_rate = s.clock_rate;
    codec.channels = s.channels;
  }
  for (const Attribute& a : line.attributes) {
    if (a.name == "rtpmap") read_rtpmap(types, a.value);
    if (a.name == "fmtp") read_fmtp(types, a.value);
  }
  return types;
}

std::optional<Direction> read_direction(const std::vector<Attribute>& attributes) {
  for (const Attribute& a : attributes) {
    for (Direction d : every_direction) {
      if (a.name == name(d)) return d;
    }
  }
  return std::nullopt;
}

int read_ptime(const MediaLine& line) {
  const std::string* wanted = line.attribute("ptime");
  const std::string* most = line.attribute("maxptime");
  int ptime = wanted ? number<int>(*wanted).value_or(usual_ptime) : usual_ptime;
  if (most) ptime = std::min(ptime, number<int>(*most).value_or(longest_ptime));
  return std::clamp(ptime / 10 * 10, shortest_ptime, longest_ptime);
}

bool is_multicast(const base::Address& a) {
  return a.v6 ? a.ip[0] == 0xFF : (a.ip[0] & 0xF0) == 0xE0;
}

base::Result<base::Address> remote_address(const Session& session, const MediaLine& line) {
  const auto& connection = line.connection ? line.connection : session.connection;
  if (!connection) return fail(Code::bad_syntax, "no c= for the audio");
  if (!connection->address) return fail(Code::unsupported, "c= names a host, not an address");
  if (is_multicast(*connection->address)) return fail(Code::unsupported, "c= is multicast");
  return connection->address->with_port(line.port);
}

// "53020" or "53020 IN IP4 126.16.64.4"; what does not parse counts as absent. spec  RFC 3605
base::Address rtcp_address(const AudioLine& audio, const MediaLine& line) {
  if (audio.rtcp_mux) return audio.rtp;
  const int next = std::min(audio.rtp.port + 1, 65535);
  const base::Address usual = audio.rtp.with_port(static_cast<std::uint16_t>(next));
  const std::string* value = line.attribute("rtcp");
  if (!value) return usual;
  std::string_view rest = *value;
  const auto port = number<std::uint16_t>(take(rest, ' '));
  if (!port || *port == 0) return usual;
  take(rest, ' ');
  take(rest, ' ');
  const auto address = base::Address::parse_ip(rest, *port);
  return address && !is_multicast(*address) ? *address : usual.with_port(*port);
}

bool is_secure(const MediaLine& line) {
  return same_word(line.protocol, "RTP/SAVP") || same_word(line.protocol, "RTP/SAVPF");
}

void read_crypto(AudioLine& audio, const MediaLine& line) {
  for (const Attribute& a : line.attributes) {
    if (a.name != "crypto") continue;
    ++audio.crypto_lines;
    if (auto key = parse_crypto(a.value)) audio.crypto.push_back(std::move(*key));
  }
}

}  // namespace

bool AudioLine::usable(const MediaLine& line) {
  return line.type == "audio" && line.port != 0 &&
         (same_word(line.protocol, "RTP/AVP") || is_secure(line));
}

base::Result<AudioLine> AudioLine::read(const Session& session, const MediaLine& line) {
  AudioLine audio;
  const Types types = read_types(line);
  for (const std::string& format : line.formats) {
    const auto type = number<std::uint8_t>(format);
    if (!type || *type > 127) return fail(Code::bad_syntax, "format is no payload type", format);
    Codec codec = types[*type];
    codec.payload_type = *type;
    if (codec.name.empty()) continue;  // dynamic, and never explained
    const bool event = same_word(codec.name, "telephone-event");
    (event ? audio.events : audio.codecs).push_back(std::move(codec));
  }
  const auto address = remote_address(session, line);
  if (!address) return tl::unexpected(address.error());
  audio.rtp = *address;
  audio.rtcp_mux = line.attribute("rtcp-mux") != nullptr;
  audio.rtcp = rtcp_address(audio, line);
  audio.ptime = read_ptime(line);
  audio.secure = is_secure(line);
  read_crypto(audio, line);
  const auto said = read_direction(line.attributes);
  audio.direction = said ? *said : read_direction(session.attributes).value_or(Direction::sendrecv);
  // The hold of RFC 2543: nothing can be sent to 0.0.0.0.
  if (audio.rtp.is_any()) audio.direction = sdp::direction(sends(audio.direction), false);
  return audio;
}

const Codec* AudioLine::event(int clock_rate) const {
  const auto it = std::find_if(events.begin(), events.end(),
                               [&](const Codec& c) { return c.clock_rate == clock_rate; });
  return it == events.end() ? nullptr : &*it;
}

bool sends(Direction d) { return d == Direction::sendrecv || d == Direction::sendonly; }
bool receives(Direction d) { return d == Direction::sendrecv || d == Direction::recvonly; }

Direction direction(bool sends, bool receives) {
  if (sends) return receives ? Direction::sendrecv : Direction::sendonly;
  return receives ? Direction::recvonly : Direction::inactive;
}

Direction answer_direction(Direction remote, Direction local) {
  return direction(receives(remote) && sends(local), sends(remote) && receives(local));
}

const char* name(Direction d) {
  switch (d) {
    case Direction::sendonly: return "sendonly";
    case Direction::recvonly: return "recvonly";
    case Direction::inactive: return "inactive";
    default: return "sendrecv";
  }
}

}  // namespace daedap::sdp
