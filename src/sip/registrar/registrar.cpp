#include "sip/registrar/registrar.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/utf8.hpp"
#include "sip/cseq.hpp"
#include "sip/grammar.hpp"
#include "sip/name_addr.hpp"

namespace daedap::sip {
namespace {

using base::Code;
using std::chrono::seconds;

constexpr std::size_t longest_agent = 128;

/// One Contact of a REGISTER.
struct Asked {
  Uri uri;
  std::string text;
  double q = 1.0;
  seconds expires{0};
};

/// What a whole REGISTER asks for.
struct Wish {
  std::vector<Asked> contacts;
  bool all_gone = false;  // Contact: *
  std::string call_id;
  std::uint32_t cseq = 0;
  std::string user_agent;
};

/// qvalue = 0 to 1 with at most three decimals; what is written otherwise counts as absent.
double read_q(std::optional<std::string_view> text) {
  double q = 1.0;
  if (!text || text->size() > 5) return 1.0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), q, std::chars_format::fixed);
  const bool whole = read.ec == std::errc() && read.ptr == text->data() + text->size();
  return whole && q >= 0 && q <= 1 ? q : 1.0;
}

/// A number that is malformed counts as if it were absent. spec  RFC 3261 §10.3 (step 6), §20.19
std::optional<seconds> read_expires(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  const auto value = parse_expires(*text);
  if (!value) return std::nullopt;
  return seconds(*value);
}

bool same_contact(const Uri& a, const std::string& b) {
  const auto other = Uri::parse(b);
  return other && a.matches(*other);
}

base::Result<Asked> read_contact(std::string_view value, seconds usual) {
  auto address = NameAddr::parse(value);
  if (!address || !address->uri.is_sip()) return base::fail(Code::bad_syntax, "Contact");
  Asked out;
  out.q = read_q(address->params.value("q"));
  out.expires = read_expires(address->params.value("expires")).value_or(usual);
  address->uri.headers = {};  // they would go into our INVITE
  out.text = address->uri.write();
  out.uri = std::move(address->uri);
  return out;
}

base::Result<Wish> read_wish(const Message& request, seconds usual) {
  Wish wish;
  const auto cseq = CSeq::parse(request.header("CSeq").value_or(""));
  if (!cseq) return base::fail(Code::bad_syntax, "CSeq");
  wish.cseq = cseq->number;
  wish.call_id = request.header("Call-ID").value_or("");
  wish.user_agent =
      base::valid_utf8(base::utf8_prefix(request.header("User-Agent").value_or(""), longest_agent));
  const auto expires = read_expires(request.header("Expires"));
  const auto values = request.all("Contact");
  if (values.size() > Registrar::max_contacts) return base::fail(Code::too_large, "Contact");
  for (const auto value : values) {
    if (trim(value) == "*") {
      if (values.size() != 1 || expires != seconds(0)) return base::fail(Code::bad_syntax, "Contact: *");
      wish.all_gone = true;
      return wish;
    }
    auto asked = read_contact(value, expires.value_or(usual));
    if (!asked) return tl::unexpected(std::move(asked.error()));
    const bool twice = std::any_of(wish.contacts.begin(), wish.contacts.end(),
                                   [&](const Asked& earlier) { return earlier.uri.matches(asked->uri); });
    if (!twice) wish.contacts.push_back(std::move(*asked));  // else the first of them counts
  }
  return wish;
}

/// A request that an earlier one of the same Call-ID has overtaken.
bool goes_back(const Binding& b, const Wish& wish) { return b.call_id == wish.call_id && wish.cseq <= b.cseq; }

/// nullopt = one of the bindings is newer than the request.
std::optional<bool> apply(std::vector<Binding>& bindings, const Wish& wish, const Flow& flow, base::Time now) {
  bool changed = false;
  for (const Asked& asked : wish.contacts) {
    auto at = std::find_if(bindings.begin(), bindings.end(),
                           [&](const Binding& b) { return same_contact(asked.uri, b.contact); });
    if (at != bindings.end() && goes_back(*at, wish)) return std::nullopt;
    if (asked.expires == seconds(0)) {
      if (at == bindings.end()) continue;
      bindings.erase(at);
      changed = true;
      continue;
    }
    changed = changed || at == bindings.end() || at->flow != flow || at->q != asked.q;
    if (at == bindings.end()) at = bindings.insert(at, Binding{});
    *at = {asked.text, flow, now + asked.expires, wish.call_id, wish.cseq, asked.q, wish.user_agent, now};
  }
  return changed;
}

std::string contact_value(const Binding& b, base::Time now) {
  const auto left = std::chrono::ceil<seconds>(b.expires - now).count();
  std::string value = fmt::format("<{}>;expires={}", b.contact, left);
  return b.q == 1.0 ? value : value + fmt::format(";q={:.3g}", b.q);
}

Registrar::Answer refused(int status) { return {status, {}, false}; }

}  // namespace

Registrar::Registrar(Limits limits) : limits_(limits) {}

Registrar::Answer Registrar::on_register(const std::string& id, const Message& request, const Flow& flow,
                                         base::Time now) {
  auto wish = read_wish(request, limits_.usual);
  if (!wish) return refused(wish.error().code == Code::too_large ? 403 : 400);
  for (Asked& asked : wish->contacts) {
    if (asked.expires > seconds(0) && asked.expires < limits_.shortest)
      return {423, {{"Min-Expires", std::to_string(limits_.shortest.count())}}, false};
    asked.expires = std::min(asked.expires, limits_.longest);
  }
  const auto known = bindings_.find(id);
  Bindings next = known == bindings_.end() ? Bindings{} : known->second;
  std::erase_if(next, [now](const Binding& b) { return b.expires <= now; });
  bool changed = false;
  if (wish->all_gone) {
    if (std::any_of(next.begin(), next.end(), [&](const Binding& b) { return goes_back(b, *wish); }))
      return refused(500);
    changed = !next.empty();
    next.clear();
  } else {
    const auto applied = apply(next, *wish, flow, now);
    if (!applied) return refused(500);
    changed = *applied;
  }
  keep(id, std::move(next));
  Answer answer = listing(id, now);
  answer.changed = changed;
  return answer;
}

void Registrar::keep(const std::string& id, Bindings next) {
  std::stable_sort(next.begin(), next.end(),
                   [](const Binding& a, const Binding& b) { return a.updated > b.updated; });
  if (next.size() > max_contacts) next.resize(max_contacts);
  for (const Binding& b : next) next_expiry_ = std::min(next_expiry_, b.expires);
  if (next.empty()) {
    bindings_.erase(id);
  } else {
    bindings_[id] = std::move(next);
  }
}

Registrar::Answer Registrar::listing(const std::string& id, base::Time now) const {
  Answer answer;
  for (const Binding& b : find(id)) {
    if (b.expires > now) answer.headers.push_back({"Contact", contact_value(b, now)});
  }
  return answer;
}

template <typename Gone>
Registrar::Removed Registrar::take_out(Gone gone) {
  Removed removed;
  next_expiry_ = base::never;
  for (auto at = bindings_.begin(); at != bindings_.end();) {
    std::erase_if(at->second, [&](const Binding& b) {
      if (!gone(at->first, b)) return false;
      removed.emplace_back(at->first, b);
      return true;
    });
    for (const Binding& b : at->second) next_expiry_ = std::min(next_expiry_, b.expires);
    at = at->second.empty() ? bindings_.erase(at) : std::next(at);
  }
  return removed;
}

Registrar::Removed Registrar::on_flow_failed(const Flow& flow) {
  if (flow.connection == 0) return {};
  return take_out([&](const std::string&, const Binding& b) {
    return b.flow.connection == flow.connection && b.flow.transport == flow.transport;
  });
}

Registrar::Removed Registrar::on_time(base::Time now) {
  return take_out([&](const std::string&, const Binding& b) { return b.expires <= now; });
}

Registrar::Removed Registrar::remove(const std::string& id, const std::string& contact) {
  return take_out([&](const std::string& of, const Binding& b) {
    return of == id && (contact.empty() || b.contact == contact);
  });
}

std::vector<Binding> Registrar::find(const std::string& id) const {
  const auto at = bindings_.find(id);
  if (at == bindings_.end()) return {};
  Bindings out = at->second;  // newest first
  std::stable_sort(out.begin(), out.end(), [](const Binding& a, const Binding& b) { return a.q > b.q; });
  return out;
}

std::map<std::string, std::vector<Binding>> Registrar::all() const {
  std::map<std::string, std::vector<Binding>> out;
  for (const auto& [id, bindings] : bindings_) out.emplace(id, find(id));
  return out;
}

}  // namespace daedap::sip
