#include "server/doctor/call_findings.hpp"

#include <algorithm>

namespace daedap::server {
namespace {

using api::Json;

constexpr std::size_t most_broken = 5;  // calls that are told of one by one
constexpr double little = 0.2;          // of the packets that went the other way on the same leg
constexpr double much_loss = 0.05;

struct LegView {
  std::string name;
  double sent = 0, received = 0, lost = 0, bad = 0, failures = 0, remote_loss = 0;
};

double number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string whole(double n) { return std::to_string(static_cast<std::int64_t>(n)); }

/// The legs that carried the call: phones that rang in vain are none.
std::vector<LegView> legs_of(const Json& call) {
  std::vector<LegView> legs;
  const auto list = call.find("legs");
  if (list == call.end() || !list->is_array()) return legs;
  for (const Json& leg : *list) {
    if (!leg.is_object()) continue;
    LegView view{text(leg, "name"),           number(leg, "packets_sent"), number(leg, "packets_received"),
                 number(leg, "packets_lost"), number(leg, "packets_bad"),  number(leg, "send_failures"),
                 number(leg, "remote_loss")};
    const bool must_have_audio =
        view.name == "caller" || view.name == "operator " + text(call, "answered_by");
    if (must_have_audio || view.sent + view.received + view.bad > 0) legs.push_back(std::move(view));
  }
  return legs;
}

class CallView {
 public:
  CallView(const Json& call, const Config& config)
      : item_("call " + text(call, "call_id")), legs_(legs_of(call)), config_(config) {}

  Findings look() const {
    Findings out;
    for (const LegView& leg : legs_) {
      look_at_received(leg, out);
      look_at_sent(leg, out);
    }
    return out;
  }

 private:
  std::string ports() const {
    return "UDP ports " + std::to_string(config_.media.first_port) + "-" +
           std::to_string(config_.media.last_port);
  }
  /// Who hears what this leg says.
  std::string listeners(const LegView& leg) const {
    std::string all;
    for (const LegView& other : legs_)
      if (&other != &leg) all += (all.empty() ? "" : ", ") + other.name;
    return all.empty() ? "the AI" : all;
  }

  void look_at_received(const LegView& leg, Findings& out) const {
    const std::string direction = "no audio from " + leg.name + " to " + listeners(leg) + ": ";
    if (leg.received == 0 && leg.bad > 0) {
      out.push_back(problem(item_, direction + whole(leg.bad) + " packets came, none of them usable",
                            "they came from another address than agreed, with another codec or with other "
                            "encryption: compare the codecs and "
                            "SRTP of that phone or trunk with media.codecs and srtp here"));
    } else if (leg.received == 0) {
      out.push_back(problem(item_, direction + "not one packet came from " + leg.name,
                            "let " + ports() + " through to this machine from where " + leg.name +
                                " is, and make sure that media.advertised is an address it can reach"));
    } else if (leg.received < leg.sent * little) {
      out.push_back(
          warning(item_,
                  "little audio from " + leg.name + " to " + listeners(leg) + ": " + whole(leg.received) +
                      " packets came, " + whole(leg.sent) + " were sent to it",
                  "a phone on hold or mute does that; otherwise the network in front of it drops packets"));
    } else if (leg.lost > (leg.received + leg.lost) * much_loss) {
      out.push_back(warning(item_,
                            whole(100 * leg.lost / (leg.received + leg.lost)) + " % of the packets from " +
                                leg.name + " were lost",
                            "look at the network between " + leg.name + " and this machine"));
    }
  }

  void look_at_sent(const LegView& leg, Findings& out) const {
    const std::string direction = "no audio from " + listeners(leg) + " to " + leg.name + ": ";
    if (leg.failures > leg.sent * little) {
      out.push_back(problem(
          item_, direction + "the system refused " + whole(leg.failures) + " packets to it",
          "there is no route to the address that " + leg.name + " named for its audio; look at its SDP"));
    } else if (leg.sent == 0 && !somebody_else_is_silent(leg)) {
      out.push_back(problem(item_, direction + "not one packet was sent to it",
                            "look for the call in logs/app.log: its answer named no address for audio, or "
                            "media did not start"));
    } else if (leg.remote_loss > little) {
      out.push_back(warning(
          item_,
          leg.name + " reports that " + whole(100 * leg.remote_loss) + " % of what was sent to it is lost",
          "look at the network between this machine and " + leg.name));
    }
  }

  /// Then nothing was there to be sent: that leg is the broken one.
  bool somebody_else_is_silent(const LegView& leg) const {
    return std::ranges::any_of(legs_,
                               [&](const LegView& other) { return &other != &leg && other.received == 0; });
  }

  std::string item_;
  std::vector<LegView> legs_;
  const Config& config_;
};

bool is_telling(const Json& call) {
  return call.is_object() && !text(call, "cause").empty() && !text(call, "answered_by").empty() &&
         number(call, "duration_ms") >= shortest_telling_ms;
}

}  // namespace

Findings call_findings(const std::vector<Json>& calls, const Config& config) {
  Findings out;
  std::size_t looked = 0, broken = 0;
  for (const Json& call : calls) {
    if (!is_telling(call)) continue;
    ++looked;
    Findings found = CallView(call, config).look();
    if (found.empty()) continue;
    if (++broken <= most_broken) out.insert(out.end(), found.begin(), found.end());
  }
  if (broken > most_broken)
    out.push_back(warning("audio", std::to_string(broken - most_broken) + " more calls had faults like these",
                          "put the ones above right first"));
  if (looked == 0) out.push_back(good("audio", "no answered call yet that could tell something"));
  else if (broken == 0)
    out.push_back(
        good("audio", "the last " + std::to_string(looked) + " answered calls had audio in every direction"));
  return out;
}

}  // namespace daedap::server
