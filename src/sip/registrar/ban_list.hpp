#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>

#include "base/address.hpp"
#include "base/time.hpp"

namespace daedap::sip {

/// Who is banned, as of the moment it was asked for: a copy for other threads.
class Bans {
 public:
  bool banned(const base::Address& source, base::Time now) const;

 private:
  friend class BanList;
  std::map<base::Address, base::Time> until_;
};

/// Failed authentications by source: an IPv4 address or an IPv6 /64. Five within a minute ban the source
/// for five minutes; each further ban doubles that, up to an hour, until the source was quiet for six.
/// The caller delays answers, and does not report failures of a source that has a live registration.
class BanList {
 public:
  static constexpr int most_failures = 5;
  static constexpr std::chrono::seconds within{60}, first_ban{300}, longest_ban{3600};
  static constexpr std::chrono::seconds memory{6 * 3600};  // after the last failure a source is new again
  static constexpr std::size_t max_sources = 4096;         // over it the one heard of longest ago goes

  bool banned(const base::Address& source, base::Time now) const;
  /// True when this failure made a ban.
  bool on_failure(const base::Address& source, base::Time now);
  /// Forgets the source's failures.
  void on_success(const base::Address& source);
  /// Failures of the source within the last minute.
  int failures(const base::Address& source, base::Time now) const;
  std::size_t size() const { return sources_.size(); }
  /// Sources that are banned now.
  std::size_t bans(base::Time now) const;
  Bans list(base::Time now) const;

 private:
  struct Source {
    int failures = 0;
    base::Time window_start{};
    base::Time last{};
    base::Time banned_until{};
    std::chrono::seconds next_ban = first_ban;
    std::list<base::Address>::iterator age;
  };
  Source& touch(const base::Address& key, base::Time now);

  std::map<base::Address, Source> sources_;
  std::list<base::Address> ages_;  // longest silent first
};

}  // namespace daedap::sip
