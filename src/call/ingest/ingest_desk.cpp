#include "call/ingest/ingest_desk.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace daedap::call {
namespace {

using media::Voice;

constexpr std::size_t longest_id = 64, longest_name = 128;

std::size_t index(Voice voice) { return static_cast<std::size_t>(voice); }

/// Part of a path on the disk and of URLs.
bool fit_for_a_path(const std::string& id) {
  const auto fine = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  };
  return !id.empty() && id.size() <= longest_id && id.front() != '.' && std::ranges::all_of(id, fine);
}

media::IngestGate::Settings gate_of(const IngestSettings& settings) {
  // Two for each call, and as many that go on after their call's end.
  return {.types = media::payload_types(settings.types), .most_sources = 4 * settings.most_calls};
}

std::optional<Network> network(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto parsed = Network::parse(text);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

}  // namespace

IngestDesk::IngestDesk(const IngestSettings& settings, const std::vector<IngestLine>& lines,
                       std::size_t shards, base::Random& random, base::Log log)
    : settings_(settings),
      random_(random),
      log_(log),
      gate_(gate_of(settings)),
      load_(std::max<std::size_t>(1, shards)) {
  for (const std::string& text : settings.allow)
    if (const auto one = network(text)) allow_.push_back(*one);
  for (const IngestLine& one : lines)
    lines_.push_back({{network(one.customer_from), network(one.agent_from)}, one});
}

bool IngestDesk::allowed(const base::Address& from) const {
  if (settings_.allow.empty()) return true;
  return std::ranges::any_of(allow_, [&](const Network& n) { return n.holds(from); });
}

int IngestDesk::line_of(const media::IngestSource& source) const {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const auto& from = lines_[i].from[index(source.voice)];
    if (from && from->holds(source.from)) return static_cast<int>(i);
  }
  return -1;
}

std::optional<IngestDesk::Route> IngestDesk::on_datagram(Voice voice, std::span<const std::uint8_t> bytes,
                                                         const base::Address& from, base::Time now) {
  if (!allowed(from)) {
    ++strangers_;
    return std::nullopt;
  }
  const auto passed = gate_.on_datagram(voice, bytes, from, now);
  if (!passed) return std::nullopt;
  if (passed->begins) return place(passed->id, now);
  const auto route = routes_.find(passed->id);
  return route == routes_.end() ? std::nullopt : std::optional(route->second);
}

std::optional<IngestDesk::Route> IngestDesk::place(Source id, base::Time now) {
  const media::IngestSource source = gate_.source(id);
  Key key = 0;
  Held* held = find(source, gate_.began(id), now, key);
  if (held == nullptr) {
    gate_.refuse(id, now);
    return std::nullopt;
  }
  seat(key, *held, id, now);
  return routes_.at(id);
}

/// The call that this stream belongs to; a new one when there is none. Null when there may be no more.
IngestDesk::Held* IngestDesk::find(const media::IngestSource& source, base::Time began, base::Time now,
                                   Key& key) {
  const int line = line_of(source);
  IngestPairing pairing({source, began, line}, settings_.pair_within, settings_.silence, now);
  for (auto& [k, held] : calls_) {
    refresh(held);
    pairing.consider(k, held.place);
  }
  if (const auto best = pairing.best()) {
    key = *best;
    return &calls_.at(key);
  }
  return open(source, now, key);
}

IngestDesk::Held* IngestDesk::open(const media::IngestSource& source, base::Time now, Key& key) {
  if (draining_ || calls_.size() >= settings_.most_calls) return nullptr;
  Held held;
  held.place.line = line_of(source);
  if (held.place.line >= 0) {
    const IngestLine& line = lines_[static_cast<std::size_t>(held.place.line)].line;
    held.identity = {{}, line.customer_number, line.agent_id, line.language};
  }
  held.identity = completed(held.identity).value_or(IngestIdentity{});
  if (calls_.empty()) next_look_ = now + look_every;
  key = next_++;
  return &calls_.emplace(key, std::move(held)).first->second;
}

void IngestDesk::seat(Key key, Held& held, Source id, base::Time now) {
  const media::IngestSource& source = gate_.source(id);
  const std::size_t side = index(source.voice);
  const bool begins = !held.place.running();
  if (auto& before = held.sources[side]) {
    routes_.erase(*before);
    gate_.forget(*before);
  }
  held.sources[side] = id;
  held.place.sides[side] = IngestPlace::Side{source, gate_.began(id), now};
  if (begins) {
    held.shard = emptiest();
    ++load_[held.shard];
    output_.push_back(Began{key, held.shard, held.identity, gate_.began(id)});
  }
  routes_[id] = {key, held.shard, source.voice};
  log_.for_call(held.identity.call_id)
      .info("ingest_stream_began", {{"voice", source.voice == Voice::customer ? "customer" : "agent"},
                                    {"from", source.from.text()}, {"ssrc", source.ssrc}});
}

void IngestDesk::refresh(Held& held) const {
  for (std::size_t side = 0; side < 2; ++side)
    if (held.sources[side]) held.place.sides[side]->last = gate_.last(*held.sources[side]);
}

std::size_t IngestDesk::emptiest() const {
  return static_cast<std::size_t>(std::ranges::min_element(load_) - load_.begin());
}

base::Result<IngestIdentity> IngestDesk::completed(IngestIdentity identity) const {
  if (identity.call_id.empty()) identity.call_id = random_.uuid();
  else if (!fit_for_a_path(identity.call_id))
    return base::fail(base::Code::bad_syntax, "call_id takes 1 to 64 letters, digits, '-', '_' or '.'");
  for (std::string* text : {&identity.customer_number, &identity.agent_id})
    if (text->size() > longest_name || *text != base::valid_utf8(*text))
      return base::fail(base::Code::bad_syntax,
                        "customer_number and agent_id take at most 128 bytes of UTF-8");
  if (identity.language.empty()) identity.language = settings_.language;
  if (identity.language != "ko" && identity.language != "en")
    return base::fail(base::Code::bad_syntax, "language must be ko or en");
  return identity;
}

base::Result<std::string> IngestDesk::order(const IngestOrder& order, base::Time now) {
  auto identity = completed(order.identity);
  if (!identity) return tl::unexpected(identity.error());
  if (draining_) return base::fail(base::Code::engine_full, "the server takes no new calls");
  if (calls_.size() >= settings_.most_calls)
    return base::fail(base::Code::engine_full, "as many calls as ingest.max_calls allows");
  for (const auto& [key, held] : calls_)
    if (held.identity.call_id == identity->call_id)
      return base::fail(base::Code::bad_state, "there is a call with this call_id", identity->call_id);
  Held held;
  held.identity = *identity;
  held.place.wanted = order.streams;
  held.place.ordered = now;
  // A stream that still sends after its last call may be the one that is meant now.
  std::erase_if(finished_, [&](Source id) {
    const media::IngestSource& source = gate_.source(id);
    const auto& wanted = order.streams[index(source.voice)];
    if (!wanted || wanted->fits(source) == 0) return false;
    gate_.forget(id);
    return true;
  });
  if (calls_.empty()) next_look_ = now + look_every;
  calls_.emplace(next_++, std::move(held));
  return identity->call_id;
}

bool IngestDesk::end(const std::string& call_id, Cause cause, base::Time now) {
  const auto at =
      std::ranges::find_if(calls_, [&](const auto& one) { return one.second.identity.call_id == call_id; });
  if (at == calls_.end()) return false;
  finish(at->first, cause, now);
  return true;
}

void IngestDesk::end_all(Cause cause, base::Time now) {
  while (!calls_.empty()) finish(calls_.begin()->first, cause, now);
}

void IngestDesk::finish(Key key, Cause cause, base::Time now) {
  const auto at = calls_.find(key);
  Held& held = at->second;
  if (held.place.running()) {
    refresh(held);
    base::Time last{};
    for (std::size_t side = 0; side < 2; ++side) {
      if (!held.sources[side]) continue;
      last = std::max(last, held.place.sides[side]->last);
      routes_.erase(*held.sources[side]);
      finished_.push_back(*held.sources[side]);
    }
    --load_[held.shard];
    output_.push_back(Ended{key, held.shard, cause, last});
  }
  calls_.erase(at);
  next_look_ = std::min(next_look_, now + look_every);
}

void IngestDesk::on_time(base::Time now) {
  if (now < next_look_) return;
  next_look_ = now + look_every;
  std::vector<Key> over;
  for (auto& [key, held] : calls_) {
    refresh(held);
    base::Time last = held.place.ordered.value_or(base::Time{});
    for (const auto& side : held.place.sides)
      if (side) last = std::max(last, side->last);
    const base::Duration most =
        held.place.running() ? base::Duration(settings_.silence) : base::Duration(settings_.claim_within);
    if (now - last >= most) over.push_back(key);
  }
  for (const Key key : over) {
    const Held& held = calls_.at(key);
    if (!held.place.running())
      log_.for_call(held.identity.call_id)
          .warn("ingest_order_void", {{"waited_s", settings_.claim_within.count()}});
    finish(key, Cause::stream_ended, now);
  }
  std::erase_if(finished_, [&](Source id) {
    if (now - gate_.last(id) < pause) return false;
    gate_.forget(id);
    return true;
  });
}

std::optional<IngestDesk::Output> IngestDesk::take_output() {
  if (output_.empty()) return std::nullopt;
  Output output = std::move(output_.front());
  output_.pop_front();
  return output;
}

IngestDesk::Figures IngestDesk::figures() const {
  Figures f{.calls = 0,
            .ordered = 0,
            .sources = routes_.size(),
            .packets = gate_.counters(),
            .strangers = strangers_};
  for (const auto& [key, held] : calls_) ++(held.place.running() ? f.calls : f.ordered);
  return f;
}

}  // namespace daedap::call
