#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "call/ingest/ingest_desk.hpp"
#include "call/queue.hpp"
#include "call/switchboard.hpp"
#include "call/trunk.hpp"
#include "server/event_settings.hpp"
#include "sip/registrar/authenticator.hpp"

namespace daedap::server {

/// Everything that one configuration file says; defaults are those of docs/configuration.md.
struct Config {
  struct Sip {
    std::string bind = "0.0.0.0";
    std::uint16_t port = 5060;
    bool tcp = true;
    std::string advertised;  // IP address in Via, Contact; empty = the bind address or the first own one
    std::string realm = "daedap";  // of the phones' passwords: another one makes them all invalid
    sip::DigestOffer digest = sip::DigestOffer::both;  // what phones are challenged with
    std::size_t max_sessions = 10'000;
    std::size_t max_connections = 1'000;
    std::string certificate, key;   // PEM files; with them TLS is accepted
    std::uint16_t tls_port = 5061;  // 0 = any free one
    std::string ca;                 // PEM file for servers that we connect to; empty = the system's
    bool tls_verify = true;
  };
  struct Media {
    std::string bind;        // empty = sip.bind
    std::string advertised;  // IP address in SDP; empty = sip's
    std::uint16_t first_port = 10'000;
    std::uint16_t last_port = 20'000;
    std::string hold_music;  // WAV file; empty = the packaged one
  };
  struct Http {
    std::string bind = "127.0.0.1";
    std::uint16_t port = 8080;
    std::vector<std::string> tokens;  // bearer tokens, best from the environment
  };
  struct Engines {
    std::string stt = "pocketsphinx";  // pocketsphinx | none
    std::string assistant;             // YAML file; empty = the packaged one
    std::string espeak_helper;         // program; empty = beside this one
    std::string model;                 // acoustic model folder; empty = Debian's
    unsigned espeak_processes = 2;
    unsigned workers = 0;              // 0 = one per core
    std::size_t max_streams = 500;     // calls at once
    std::size_t max_decoders = 16;     // callers who speak at the same moment
    std::chrono::seconds start_timeout{60};
  };

  struct Voice {
    std::string detector = "auto";  // auto (the network where its file is) | energy
    std::string model;              // .onnx or .safetensors; empty = the one in state/models
    std::string band = "wide";      // wide | narrow: which network of a file with both

    friend bool operator==(const Voice&, const Voice&) = default;
  };

  std::string path;               // of the file itself
  std::string state = "state";    // folder: database, recordings, logs
  base::Level log_level = base::Level::info;
  unsigned shards = 0;            // 0 = one per core
  std::chrono::seconds drain_timeout{3600};
  bool post_transcription = true;
  Sip sip;
  Media media;
  Http http;
  Engines engines;
  std::string turn_rules;  // folder; empty = the packaged one
  std::string turn_weights;  // file of a calibration; empty = the weights of the specification
  Voice voice;
  call::Settings call{.listen = true, .srtp = sdp::SrtpPolicy::optional, .conversation = {.turn = {.keep_pauses = true}}};
  std::vector<call::Trunk> trunks;
  std::vector<call::DialRule> routes;  // the first that matches counts
  std::vector<call::Queue> queues;
  EventSettings events;
  call::IngestSettings ingest;
  std::vector<call::IngestLine> ingest_lines;  // the first that a stream's address matches counts
};

/// One thing wrong with a file; prints as "file:line: key: what".
struct ConfigFault {
  std::string file;
  int line = 0;
  std::string key;
  std::string what;

  std::string text() const;
};

struct ConfigReading {
  Config config;
  std::vector<ConfigFault> faults;
  std::vector<std::string> notes;  // what the environment overrode
};

/// Reads the YAML file, then the inherited environment variables. All faults at once, none thrown.
/// `${NAME}` and `${NAME:-default}` in values are read from the environment.
ConfigReading read_config(const std::string& path);

/// The JSON Schema of the file (docs/config.schema.json).
std::string config_schema();

}  // namespace daedap::server
