#include "sip/registrar/registration.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sip/cseq.hpp"
#include "sip/grammar.hpp"
#include "sip/name_addr.hpp"
#include "sip/reply.hpp"

namespace daedap::sip {
namespace {

using std::chrono::seconds;

constexpr seconds first_back_off{5}, longest_back_off{300};
constexpr seconds longest_expires{86'400}, shortest_expires{10};
constexpr seconds longest_retry_after{3600};

std::string own_contact(const std::string& token, const Registration::Target& target) {
  std::string out = "<sip:" + token + '@' + target.advertised.text();
  const Transport transport = target.flow.transport;
  if (transport != Transport::udp) out += ";transport=" + lower(name(transport));
  return out + '>';
}

std::string status_text(int status, const Message& response) {
  if (response.headers.empty()) return status == 408 ? "no answer" : "could not be sent";
  return fmt::format("{} {}", status, reason_phrase(status));  // ours: theirs may say anything
}

/// Another server may do better: this one is silent, broken or full.
bool is_unreachable(int status) { return status == 408 || (status >= 500 && status < 600); }

}  // namespace

Registration::Registration(Settings settings, base::Random& random)
    : settings_(std::move(settings)), random_(random), expires_(settings_.expires) {}

void Registration::set_targets(std::vector<Target> targets, base::Time) {
  if (leaving_ || (targets == targets_ && !targets.empty())) return;
  const bool had_none = targets_.empty();
  const Target used = had_none ? Target{} : targets_[current_];
  targets_ = std::move(targets);
  const auto at = std::find(targets_.begin(), targets_.end(), used);
  const bool gone = at == targets_.end();
  current_ = gone ? 0 : static_cast<std::size_t>(at - targets_.begin());
  failed_ = 0;
  if (targets_.empty()) {
    state_ = State::unreachable;
    text_ = "no address";
    next_ = base::never;
    wanted_ = false;
  } else if (had_none || gone) {
    back_off_ = seconds(0);
    try_now();
  }
}

void Registration::try_now() {
  wanted_ = true;
  next_ = base::never;
}

std::optional<OutgoingRequest> Registration::take_request() {
  if (!wanted_ || busy_ || targets_.empty()) return std::nullopt;
  wanted_ = false;
  busy_ = true;
  farewell_ = leaving_;
  const Target& target = targets_[current_];
  OutgoingRequest out{"REGISTER", target.registrar, '<' + settings_.aor + '>', '<' + settings_.aor + '>',
                      target.flow};
  const std::string span = std::to_string(leaving_ ? 0 : expires_.count());
  out.headers = {{"Contact", own_contact(settings_.token, target) + ";expires=" + span}, {"Expires", span}};
  out.user = settings_.user;
  out.password = settings_.password;
  out.call_id = settings_.call_id;
  out.cseq = ++cseq_;
  return out;
}

void Registration::on_response(int status, const Message& response, base::Time now) {
  if (!busy_) return;
  busy_ = false;
  // Challenges that the endpoint answered have counted on; a silent server may have seen some of them.
  const auto cseq = CSeq::parse(response.header("CSeq").value_or(""));
  cseq_ = cseq ? std::max(cseq_, cseq->number) : cseq_ + 4;
  if (status >= 200 && status < 300 && !farewell_) bound_ = true;
  if (leaving_) {
    wanted_ = !farewell_ && bound_;
    return;
  }
  if (status >= 200 && status < 300) return on_ok(response, now);
  if (status == 423) return on_too_brief(response, now);
  const seconds wait = std::min(seconds(retry_after_of(response).value_or(0)), longest_retry_after);
  on_failure(is_unreachable(status) ? State::unreachable : State::refused, status_text(status, response), wait, now);
}

void Registration::on_ok(const Message& response, base::Time now) {
  state_ = State::registered;
  text_.clear();
  failed_ = 0;
  back_off_ = seconds(0);
  const seconds span = std::clamp(granted(response), shortest_expires, longest_expires);
  next_ = now + with_jitter(base::Duration(span) * 8 / 10, 125);  // 80 to 90 %
}

/// What the registrar gave our Contact: its parameter, else the header, else what we asked for.
seconds Registration::granted(const Message& response) const {
  for (const auto value : response.all("Contact")) {
    const auto contact = NameAddr::parse(value);
    if (!contact || contact->uri.user != settings_.token) continue;
    const auto span = parse_expires(contact->params.value("expires").value_or(""));
    if (span) return seconds(*span);
  }
  const auto span = parse_expires(response.header("Expires").value_or(""));
  return span ? seconds(*span) : expires_;
}

/// spec  RFC 3261 §10.2.8
void Registration::on_too_brief(const Message& response, base::Time now) {
  const auto least = parse_expires(response.header("Min-Expires").value_or(""));
  if (!least || seconds(*least) <= expires_ || seconds(*least) > longest_expires) {
    return on_failure(State::refused, status_text(423, response), seconds(0), now);
  }
  expires_ = seconds(*least);
  try_now();
}

void Registration::on_failure(State state, std::string text, seconds at_least, base::Time now) {
  state_ = state;
  text_ = std::move(text);
  if (state == State::unreachable && ++failed_ < targets_.size()) {
    current_ = (current_ + 1) % targets_.size();
    return try_now();
  }
  if (failed_ > 0) current_ = 0;
  failed_ = 0;
  back_off_ = back_off_ == seconds(0) ? first_back_off : std::min(back_off_ * 2, longest_back_off);
  next_ = now + with_jitter(std::max(back_off_, at_least), 200);
}

base::Duration Registration::with_jitter(base::Duration span, unsigned most) {
  return span + span / 1000 * (random_.u32() % (most + 1));
}

void Registration::on_time(base::Time now) {
  if (now >= next_ && !busy_) try_now();
}

base::Time Registration::deadline() const { return busy_ ? base::never : next_; }

void Registration::unregister(base::Time) {
  if (leaving_) return;
  leaving_ = true;
  state_ = State::unregistered;
  text_.clear();
  next_ = base::never;
  wanted_ = bound_ && !busy_;
}

std::string Registration::server() const { return targets_.empty() ? "" : targets_[current_].server; }

}  // namespace daedap::sip
