#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sip/message.hpp"

namespace daedap::sip {

/// The value of Session-Expires. spec  RFC 4028 §4
struct SessionExpires {
  /// Who refreshes, as seen by the request of this exchange.
  enum class Refresher : std::uint8_t { unsaid, uac, uas };

  std::uint32_t seconds = 0;
  Refresher refresher = Refresher::unsaid;

  /// errors  bad_syntax
  static base::Result<SessionExpires> parse(std::string_view value);
  std::string write() const;
};

/// What a request or response says of session timers.
struct TimerTerms {
  std::optional<SessionExpires> expires;
  std::uint32_t min_se = 0;  // 0 = unsaid
  bool supported = false;    // `timer` in Supported or Require

  static TimerTerms of(const Message& message);
};

/// When a session must be refreshed and when it counts as dead. spec  RFC 4028 §7.2, §10
class SessionTimer {
 public:
  void start(std::uint32_t seconds, bool we_refresh, base::Time now);
  void stop() { *this = {}; }
  /// The refresh is under way.
  void on_refreshing() { refresh_at_ = base::never; }
  /// It failed for now: once more in half of the time that is left.
  void try_later(base::Time now);

  bool runs() const { return seconds_ != 0; }
  std::uint32_t seconds() const { return seconds_; }
  bool we_refresh() const { return we_refresh_; }
  bool refresh_due(base::Time now) const { return refresh_at_ <= now; }
  bool is_expired(base::Time now) const { return expire_at_ <= now; }
  base::Time deadline() const { return std::min(refresh_at_, expire_at_); }

 private:
  // state
  std::uint32_t seconds_ = 0;
  bool we_refresh_ = false;
  base::Time refresh_at_ = base::never;
  base::Time expire_at_ = base::never;
};

}  // namespace daedap::sip
