#include "sip/registrar/ban_list.hpp"

#include <algorithm>

namespace daedap::sip {
namespace {

/// One IPv6 customer has a /64 to himself at least, and could fail from each of its addresses.
base::Address key_of(const base::Address& source) {
  base::Address key = source.with_port(0);
  if (key.v6) std::fill(key.ip.begin() + 8, key.ip.end(), 0);
  return key;
}

}  // namespace

bool Bans::banned(const base::Address& source, base::Time now) const {
  const auto at = until_.find(key_of(source));
  return at != until_.end() && now < at->second;
}

bool BanList::banned(const base::Address& source, base::Time now) const {
  const auto at = sources_.find(key_of(source));
  return at != sources_.end() && now < at->second.banned_until;
}

int BanList::failures(const base::Address& source, base::Time now) const {
  const auto at = sources_.find(key_of(source));
  return at == sources_.end() || now - at->second.window_start > within ? 0 : at->second.failures;
}

bool BanList::on_failure(const base::Address& source, base::Time now) {
  Source& s = touch(key_of(source), now);
  if (now < s.banned_until) return false;
  if (now - s.window_start > within) {
    s.failures = 0;
    s.window_start = now;
  }
  if (++s.failures < most_failures) return false;
  s.failures = 0;
  s.banned_until = now + s.next_ban;
  s.next_ban = std::min(s.next_ban * 2, longest_ban);
  return true;
}

void BanList::on_success(const base::Address& source) {
  const auto at = sources_.find(key_of(source));
  if (at == sources_.end()) return;
  ages_.erase(at->second.age);
  sources_.erase(at);
}

BanList::Source& BanList::touch(const base::Address& key, base::Time now) {
  const auto [at, fresh] = sources_.try_emplace(key);
  Source& s = at->second;
  if (fresh) {
    s.window_start = now;
    s.age = ages_.insert(ages_.end(), key);
    if (sources_.size() > max_sources) {
      sources_.erase(ages_.front());
      ages_.pop_front();
    }
  } else {
    ages_.splice(ages_.end(), ages_, s.age);
    if (now - std::max(s.last, s.banned_until) > memory) s.next_ban = first_ban;
  }
  s.last = now;
  return s;
}

std::size_t BanList::bans(base::Time now) const {
  return static_cast<std::size_t>(
      std::count_if(sources_.begin(), sources_.end(), [now](const auto& one) { return one.second.banned_until > now; }));
}

Bans BanList::list(base::Time now) const {
  Bans all;
  for (const auto& [source, one] : sources_)
    if (one.banned_until > now) all.until_.emplace(source, one.banned_until);
  return all;
}

}  // namespace daedap::sip
