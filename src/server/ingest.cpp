#include "server/ingest.hpp"

#include <sodium.h>

#include <future>
#include <mutex>
#include <utility>

#include "net/clock.hpp"

namespace daedap::server {
namespace {

using call::IngestDesk;
using media::Voice;

std::uint64_t secure_random() {
  std::uint64_t value;
  randombytes_buf(&value, sizeof value);
  return value;
}

/// What waits for one shard.
struct Lane {
  static constexpr std::size_t longest = 8192;
  struct Packet {
    IngestDesk::Route route;
    std::vector<std::uint8_t> bytes;
    base::Time at;
  };
  using Item = std::variant<IngestDesk::Output, Packet>;

  explicit Lane(Shard& s) : shard(s) {}
  Shard& shard;
  std::mutex mutex;
  std::vector<Item> waiting;
};

void hand_over(Lane& lane) {
  std::vector<Lane::Item> items;
  {
    const std::lock_guard lock(lane.mutex);
    items.swap(lane.waiting);
  }
  lane.shard.on_ingest([&](call::IngestBoard& board, base::Time now) {
    for (const Lane::Item& item : items) {
      if (const auto* packet = std::get_if<Lane::Packet>(&item))
        board.on_datagram(packet->route, packet->bytes, packet->at);
      else board.on_desk(std::get<IngestDesk::Output>(item), now);
    }
  });
}

/// One task for all that comes until the shard takes it. False: dropped.
bool put(const std::shared_ptr<Lane>& lane, Lane::Item item) {
  bool first = false;
  {
    const std::lock_guard lock(lane->mutex);
    if (lane->waiting.size() >= Lane::longest && std::holds_alternative<Lane::Packet>(item)) return false;
    first = lane->waiting.empty();
    lane->waiting.push_back(std::move(item));
  }
  if (first) lane->shard.loop().post("ingest", [lane] { hand_over(*lane); });
  return true;
}

}  // namespace

/// thread  the first shard, except for `mutex` and what it guards
struct Ingest::Impl {
  explicit Impl(const Parts& parts)
      : first(*parts.shards.front()),
        random(secure_random),
        desk(parts.settings, parts.lines, parts.shards.size(), random, base::Log(parts.log)),
        udp(first.loop()) {
    for (const auto& shard : parts.shards) lanes.push_back(std::make_shared<Lane>(*shard));
  }
  base::Result<void> open(const Parts& parts);
  void on_datagram(Voice voice, std::span<const std::uint8_t> bytes, const base::Address& from,
                   base::Time now);
  void tell();
  void look(base::Time now);

  Shard& first;
  base::Random random;
  IngestDesk desk;
  net::UdpOpener udp;
  std::unique_ptr<base::UdpSocket> sockets[2];
  std::unique_ptr<net::Ticker> ticker;
  std::vector<std::shared_ptr<Lane>> lanes;  // by shard
  std::uint64_t overflowed = 0;
  mutable std::mutex mutex;
  Figures figures;
};

base::Result<void> Ingest::Impl::open(const Parts& parts) {
  for (const Voice voice : {Voice::customer, Voice::agent}) {
    const std::uint16_t port =
        voice == Voice::customer ? parts.settings.customer_port : parts.settings.agent_port;
    auto socket =
        udp.open(parts.bind.with_port(port), [this, voice](auto bytes, const auto& from, base::Time now) {
          on_datagram(voice, bytes, from, now);
        });
    if (!socket) {
      base::Error error = socket.error();
      error.detail = "ingest port " + std::to_string(port) + ": " + error.detail;
      return tl::unexpected(std::move(error));
    }
    sockets[static_cast<int>(voice)] = std::move(*socket);
  }
  ticker = first.loop().every(base::Millis{250}, [this](base::Time now, base::Duration) { look(now); });
  figures.customer_port = sockets[0]->local().port;
  figures.agent_port = sockets[1]->local().port;
  base::Log(parts.log).info(
      "ingest_listening", {{"customer", sockets[0]->local().text()}, {"agent", sockets[1]->local().text()}});
  return {};
}

void Ingest::Impl::on_datagram(Voice voice, std::span<const std::uint8_t> bytes, const base::Address& from,
                               base::Time now) {
  const auto route = desk.on_datagram(voice, bytes, from, now);
  tell();
  if (!route) return;
  // Calls that live here need no copy.
  if (route->shard == 0 && lanes[0]->waiting.empty())
    return first.on_ingest(
        [&](call::IngestBoard& board, base::Time) { board.on_datagram(*route, bytes, now); });
  if (!put(lanes[route->shard], Lane::Packet{*route, {bytes.begin(), bytes.end()}, now})) ++overflowed;
}

void Ingest::Impl::tell() {
  while (auto output = desk.take_output()) {
    const std::size_t shard = std::visit([](const auto& one) { return one.shard; }, *output);
    put(lanes[shard], std::move(*output));
  }
}

void Ingest::Impl::look(base::Time now) {
  if (desk.deadline() <= now) desk.on_time(now);
  tell();
  const std::lock_guard lock(mutex);
  figures.desk = desk.figures();
  figures.overflowed = overflowed;
}

Ingest::Ingest(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

base::Result<std::unique_ptr<Ingest>> Ingest::open(const Parts& parts) {
  std::promise<base::Result<std::unique_ptr<Ingest>>> opened;
  parts.shards.front()->loop().post("open ingest", [&] {
    auto impl = std::make_unique<Impl>(parts);
    if (auto done = impl->open(parts); !done) opened.set_value(tl::unexpected(done.error()));
    else opened.set_value(std::unique_ptr<Ingest>(new Ingest(std::move(impl))));
  });
  return opened.get_future().get();
}

Ingest::~Ingest() {
  if (!impl_) return;
  std::promise<void> closed;
  impl_->first.loop().post("close ingest", [&] {
    impl_.reset();
    closed.set_value();
  });
  closed.get_future().wait();
}

void Ingest::order(call::IngestOrder order, std::function<void(base::Result<std::string>)> then) {
  impl_->first.loop().post("ingest order", [this, order = std::move(order), then = std::move(then)] {
    then(impl_->desk.order(order, net::now()));
  });
}

void Ingest::end(std::string call_id, call::Cause cause, std::function<void(bool)> then) {
  impl_->first.loop().post("ingest end", [this, call_id = std::move(call_id), cause, then = std::move(then)] {
    const bool found = impl_->desk.end(call_id, cause, net::now());
    impl_->tell();
    then(found);
  });
}

void Ingest::end_all(call::Cause cause) {
  impl_->first.loop().post("ingest end", [this, cause] {
    impl_->desk.end_all(cause, net::now());
    impl_->tell();
  });
}

void Ingest::drain() {
  impl_->first.loop().post("ingest drain", [this] { impl_->desk.set_draining(true); });
}

Ingest::Figures Ingest::figures() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->figures;
}

}  // namespace daedap::server
