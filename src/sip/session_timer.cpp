#include "sip/session_timer.hpp"

#include "sip/cseq.hpp"
#include "sip/grammar.hpp"
#include "sip/params.hpp"

namespace daedap::sip {

namespace {

/// Longer ones are as good as none; keeps the arithmetic small.
constexpr std::uint32_t longest = 7 * 86'400;

bool names_timer(const Message& message) {
  for (const char* name : {"Supported", "Require"}) {
    for (const auto tag : message.all(name)) {
      if (same_word(tag, "timer")) return true;
    }
  }
  return false;
}

}  // namespace

base::Result<SessionExpires> SessionExpires::parse(std::string_view value) {
  Scanner in(trim(value));
  const auto number = parse_expires(in.take_token());
  if (!number) return tl::unexpected(number.error());
  const auto params = Params::parse(in);
  if (!params) return tl::unexpected(params.error());
  in.skip_space();
  if (!in.at_end()) return base::fail(base::Code::bad_syntax, "text after Session-Expires");
  SessionExpires out{std::min(*number, longest), Refresher::unsaid};
  const auto who = params->value("refresher").value_or("");
  if (same_word(who, "uac")) out.refresher = Refresher::uac;
  if (same_word(who, "uas")) out.refresher = Refresher::uas;
  return out;
}

std::string SessionExpires::write() const {
  std::string out = std::to_string(seconds);
  if (refresher == Refresher::uac) out += ";refresher=uac";
  if (refresher == Refresher::uas) out += ";refresher=uas";
  return out;
}

TimerTerms TimerTerms::of(const Message& message) {
  TimerTerms out;
  const auto expires = message.header("Session-Expires");
  if (expires) {
    if (const auto parsed = SessionExpires::parse(*expires)) out.expires = *parsed;
  }
  const auto min = message.header("Min-SE").value_or("");
  if (const auto parsed = parse_expires(min.substr(0, min.find(';')))) {
    out.min_se = std::min(*parsed, longest);
  }
  out.supported = names_timer(message);
  return out;
}

void SessionTimer::start(std::uint32_t interval, bool we_refresh, base::Time now) {
  seconds_ = interval;
  we_refresh_ = we_refresh;
  refresh_at_ = we_refresh ? now + std::chrono::seconds(interval) / 2 : base::never;
  expire_at_ = now + std::chrono::seconds(interval - std::min<std::uint32_t>(32, interval / 3));
}

void SessionTimer::try_later(base::Time now) {
  if (!runs() || !we_refresh_) return;
  const auto left = expire_at_ - now;
  if (left > std::chrono::seconds(4)) refresh_at_ = now + left / 2;
}

}  // namespace daedap::sip
