// What the shards of the PBX share: registrations, trunks, who is in a call, commands on any call.
#include <sodium.h>

#include <array>
#include <fstream>

#include "audio/resampler.hpp"
#include "audio/wav.hpp"
#include "engines/engine_set.hpp"
#include "net/clock.hpp"
#include "server/server_impl.hpp"

namespace daedap::server {
namespace {

constexpr std::chrono::seconds resolve_again{60};

std::string random_secret() {
  std::array<unsigned char, 32> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 65> hex;
  return sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
}

/// 16 kHz mono. errors  not_found, those of decode_wav and resample
base::Result<std::vector<std::int16_t>> read_music(const std::string& configured) {
  std::string file = configured;
  if (file.empty()) {
    const auto packaged = engines::find_packaged("music/hold.wav");
    if (!packaged) return tl::unexpected(packaged.error());
    file = packaged->string();
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail(base::Code::not_found, "the hold music cannot be read", file);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), {});
  const auto wav = audio::decode_wav({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  if (!wav) return tl::unexpected(wav.error());
  return audio::resample(wav->mono(), wav->rate, audio::sample_rate);
}

const char* transport_name(sip::Transport transport) {
  switch (transport) {
    case sip::Transport::udp: return "udp";
    case sip::Transport::tcp: return "tcp";
    case sip::Transport::tls: return "tls";
    case sip::Transport::ws: return "ws";
    case sip::Transport::wss: return "wss";
  }
  return "udp";
}

net::Resolver::Transport asked(sip::Transport transport) {
  if (transport == sip::Transport::tls) return net::Resolver::Transport::tls;
  return transport == sip::Transport::tcp ? net::Resolver::Transport::tcp : net::Resolver::Transport::udp;
}

std::uint64_t secure_random() {
  std::uint64_t value;
  randombytes_buf(&value, sizeof value);
  return value;
}

}  // namespace

void Server::Impl::open_pbx() {
  secret = random_secret();
  resolver = std::make_unique<net::Resolver>(io, secure_random);
  if (auto music = read_music(config.media.hold_music)) hold_music = std::move(*music);
  else base::Log(*log_file).warn("hold_music_missing", {{"error", music.error().message()}});
  std::set<std::string, std::less<>> numbers;
  for (const call::Queue& queue : config.queues) numbers.insert(queue.number);
  dispatch->set_queues(std::move(numbers));
}

/// Of the first shard.
FrontDesk::Outlets Server::Impl::front_desk_outlets() {
  FrontDesk::Outlets o;
  o.on_contacts = [this](call::Contacts fresh) {
    registrations = 0;
    for (const auto& [id, bindings] : fresh.all()) registrations += bindings.size();
    for (auto& shard : shards) shard->loop().post("contacts", [&s = *shard, fresh] { s.set_contacts(fresh); });
    io.post("contacts", [this, fresh = std::move(fresh)]() mutable { contacts = std::move(fresh); });
  };
  o.on_trunks = [this](std::vector<call::TrunkState> states) {
    io.post("trunk states", [this, states = std::move(states)]() mutable { trunk_states = std::move(states); });
  };
  o.on_bans = [this](sip::Bans fresh) {
    io.post("bans", [this, fresh = std::move(fresh)]() mutable { bans = std::move(fresh); });
  };
  o.on_counts = [this](const call::RegistrarDesk::Counts& now) {
    for (; counted.refused < now.refused; ++counted.refused) metrics.on_sip_auth_failure();
    for (; counted.banned < now.banned; ++counted.banned) metrics.on_sip_ban();
  };
  return o;
}

/// Asks for the addresses of all trunks' servers, again each minute: the resolver knows how long each
/// answer holds. A name that cannot be resolved keeps the addresses it had.
void Server::Impl::resolve_trunks() {
  for (const call::Trunk& trunk : config.trunks) {
    for (const std::string& text : trunk.servers) {
      const auto server = call::TrunkServer::parse(text);
      if (!server) continue;
      resolver->resolve(server->host, server->port, asked(server->transport),
                        [this, text, server = *server](base::Result<std::vector<base::Address>> addresses) {
                          if (!addresses) {
                            base::Log(*log_file).warn("trunk_not_resolved", {{"server", text}, {"error", addresses.error().message()}});
                            return;
                          }
                          // By TLS the server must prove the name that was configured, not its number.
                          if (server.transport == sip::Transport::tls)
                            for (const base::Address& one : *addresses) sip->expect_host(one, server.host);
                          for (auto& shard : shards)
                            shard->loop().post("trunk", [&s = *shard, text, list = *addresses] { s.set_trunk_addresses(text, list); });
                        });
    }
  }
  if (!config.trunks.empty()) io.post_after(resolve_again, [this] { resolve_trunks(); });
}

void Server::Impl::on_in_call(int shard, const call::OperatorInCall& change) {
  dispatch->on_in_call(change.operator_id, static_cast<std::size_t>(shard), change.in);
  for (std::size_t i = 0; i < shards.size(); ++i)
    if (i != static_cast<std::size_t>(shard))
      shards[i]->loop().post("in call", [&s = *shards[i], change] { s.set_in_call(change); });
}

void Server::Impl::add_pbx_answers(api::Backend& b) {
  b.contacts = [this](auto then) {
    api::Contacts out;
    const base::Time now = net::now();
    for (const auto& [id, bindings] : contacts.all())
      for (const sip::Binding& one : bindings)
        out[id].push_back({one.contact, transport_name(one.flow.transport), one.user_agent, base::to_ms(one.expires - now) / 1000});
    then(std::move(out));
  };
  b.trunks = [this](auto then) { then(trunk_states); };
  b.transfer = [this](std::string id, std::string to, auto then) {
    ask_shards_for([id, to](call::Switchboard& board, base::Time now) { return board.transfer(id, to, now); }, then);
  };
  b.takeover = [this](std::string id, std::string operator_id, auto then) {
    ask_shards_for([id, operator_id](call::Switchboard& board, base::Time now) { return board.takeover(id, operator_id, now); }, then);
  };
}

/// Asks every shard; the one that has the call gives the answer. `then` runs on the I/O loop.
void Server::Impl::ask_shards_for(std::function<base::Result<void>(call::Switchboard&, base::Time)> command,
                                  std::function<void(base::Result<void>)> then) {
  struct Answers {
    std::size_t missing;
    base::Result<void> best;
    std::function<void(base::Result<void>)> then;
  };
  auto answers = std::make_shared<Answers>(
      Answers{shards.size(), base::fail(base::Code::not_found, call::no_such_call, ""), std::move(then)});
  for (auto& shard : shards)
    shard->loop().post("command", [this, &s = *shard, command, answers] {
      base::Result<void> said;
      s.ask([&](call::Switchboard& board, base::Time now) {
        said = command(board, now);
        return said.has_value();
      });
      io.post("answer", [answers, said] {
        const bool mine = said || said.error().text != call::no_such_call;
        if (mine) answers->best = said;
        if (--answers->missing == 0) answers->then(answers->best);
      });
    });
}

}  // namespace daedap::server
