#include "sip/desk.hpp"

namespace daedap::sip {
namespace {

/// Breaks realistic text the way bad peers and bad networks do; repeatable by seed.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : dice_(base::seeded(seed)) {}

  std::string operator()(std::string text) {
    const unsigned rounds = dice_.u32() % 4;  // now and then none: state moves on
    for (unsigned i = 0; i < rounds && !text.empty(); ++i) once(text);
    return text;
  }
  unsigned pick(unsigned n) { return dice_.u32() % n; }

 private:
  void once(std::string& text) {
    static const std::string_view words[] = {
        "\r\n", ";", ",", "<", ">", "\"", "sip:", ":", "@", "=", "z9hG4bK", "tag=", "\t ", "%00",
        "Via: ", "Content-Length: 99999\r\n", "CSeq: 4294967295 INVITE\r\n", "Route: <sip:x>\r\n",
        "Record-Route: <sip:192.0.2.77>\r\n", "Require: x\r\n", "To: <sip:a@b>;tag=\r\n",
        "Contact: *\r\n", "Expires: 1\r\n", "Require: 100rel\r\n", "RSeq: 1\r\n",
        "RAck: 1 1 INVITE\r\n", "Session-Expires: 90;refresher=uas\r\n", "Min-SE: 4000000000\r\n",
        "Refer-To: <sip:x@y?Replaces=%3b>\r\n", "Replaces: a;to-tag=b;from-tag=c\r\n",
        "Supported: timer\r\n", "\xff\xfe"};
    const std::size_t at = pick(static_cast<unsigned>(text.size()));
    switch (pick(6)) {
      case 0: text[at] = static_cast<char>(pick(256)); break;
      case 1: text.erase(at, 1 + pick(40)); break;
      case 2: text.insert(at, words[pick(std::size(words))]); break;
      case 3: text.insert(at, text.substr(pick(static_cast<unsigned>(text.size())), pick(200)));
        break;
      case 4: text.resize(at); break;
      default: swap_lines(text); break;
    }
  }
  void swap_lines(std::string& text) {
    const std::size_t first = text.find("\r\n");
    const std::size_t second = first == text.npos ? first : text.find("\r\n", first + 2);
    if (second == text.npos) return;
    const std::string line = text.substr(first, second - first);
    text.erase(first, line.size());
    text.insert(std::min(text.size(), text.find("\r\n") + 2), line.substr(2) + "\r\n");
  }

  base::Random dice_;
};

/// A user who reacts to each event at random, as a hasty application would.
void react(Desk& d, Mutator& dice) {
  const auto events = std::move(d.events);
  d.events.clear();
  for (const Output& e : events) {
    if (const auto* in = std::get_if<InviteIn>(&e)) {
      if (dice.pick(2)) d.endpoint.ring(in->session, d.now, 183, dice.pick(2) ? "v=0" : "");
      if (dice.pick(4)) d.endpoint.accept(in->session, "v=0", d.now);
      else d.endpoint.reject(in->session, 480, d.now);
    } else if (const auto* offer = std::get_if<OfferIn>(&e)) {
      if (dice.pick(3)) d.endpoint.answer_offer(offer->session, "v=0", d.now);
      else d.endpoint.refuse_offer(offer->session, 488, d.now);
    } else if (const auto* ok = std::get_if<AcceptedIn>(&e)) {
      d.endpoint.ack(ok->session, "v=0", d.now);
    } else if (const auto* progress = std::get_if<ProgressIn>(&e)) {
      d.endpoint.ack(progress->session, "v=0", d.now);
    } else if (const auto* refer = std::get_if<ReferIn>(&e)) {
      if (dice.pick(3)) d.endpoint.accept_refer(refer->session, d.now);
      else d.endpoint.refuse_refer(refer->session, 603, d.now);
      d.endpoint.notify_refer(refer->session, 100 + dice.pick(500), d.now);
    } else if (const auto* outside = std::get_if<RequestIn>(&e)) {
      if (dice.pick(3)) d.endpoint.respond(outside->request, 200 + dice.pick(300), d.now);
    }
  }
}

/// A desk with one incoming and one outgoing call, each with a re-offer of ours on its way.
struct Busy : Desk {
  Busy() {
    in = talk();
    endpoint.refer(in, "sip:c@192.0.2.30", "a;to-tag=b;from-tag=c", "", now);
    endpoint.offer(in, "v=0 ours", now);
    endpoint.request({.method = "REGISTER", .target = "sip:192.0.2.20", .from = "<sip:d@192.0.2.1>",
                      .flow = udp("192.0.2.20"), .user = "d", .password = "p"}, now);
    out = endpoint.invite({.target = "sip:c@192.0.2.20", .from = "<sip:d@192.0.2.1>",
                           .flow = udp("192.0.2.20"), .offer = "v=0"}, now);
    drain();
  }
  /// What a sane peer might say now.
  std::vector<std::string> corpus() const {
    std::vector<std::string> texts{
        request("INVITE", {.branch = "z9hG4bKnew", .body = "v=0", .call_id = "new"}),
        request("INVITE", {.branch = "z9hG4bKre", .cseq = 2, .to_tag = tag, .body = "v=0"}),
        request("UPDATE", {.branch = "z9hG4bKup", .cseq = 3, .to_tag = tag, .body = "v=0"}),
        request("INFO", {.branch = "z9hG4bKinf", .cseq = 4, .to_tag = tag}),
        request("ACK", {.branch = "z9hG4bKack", .to_tag = tag}),
        request("CANCEL"),
        request("OPTIONS", {.branch = ""}),
        request("BYE", {.branch = "z9hG4bKbye", .cseq = 9, .to_tag = tag})};
    add_extensions(texts);
    for (std::size_t i = sent.size() > 8 ? sent.size() - 8 : 0; i < sent.size(); ++i) {
      const Message& m = sent[i];
      if (!m.is_request() || m.method == "ACK") continue;
      for (int status : {100, 180, 200, 302, 401, 486, 491}) {
        texts.push_back(response(m, status, "callee", status == 200 ? "v=0" : "",
                                 "Record-Route: <sip:192.0.2.50;lr>\n"));
      }
      for (int rseq : {1, 2}) {
        texts.push_back(response(m, 183, "callee", "v=0",
                                 "Require: 100rel\nRSeq: " + std::to_string(rseq) + "\n"));
      }
      texts.push_back(response(m, 422, "callee", "", "Min-SE: 3600\n"));
      texts.push_back(response(m, 200, "callee", "v=0",
                               "Session-Expires: 90;refresher=uac\nAllow: UPDATE\n"));
    }
    return texts;
  }
  /// REGISTER, REFER and its reports, PRACK, Replaces, session timers.
  void add_extensions(std::vector<std::string>& texts) const {
    const auto line = [&](const char* branch, int cseq, const std::string& extra) {
      return Line{.branch = std::string("z9hG4bK") + branch, .cseq = cseq, .to_tag = tag, .extra = extra};
    };
    const Line strict{.branch = "z9hG4bKrel", .body = "v=0",
                      .extra = "Require: 100rel\nSession-Expires: 90\nSupported: timer\n",
                      .call_id = "strict"};
    texts.push_back(request("INVITE", strict));
    texts.push_back(request("INVITE", {.branch = "z9hG4bKrpl", .body = "v=0",
                                       .extra = "Replaces: call-1;to-tag=" + tag + ";from-tag=caller\n",
                                       .call_id = "taker"}));
    texts.push_back(request("REGISTER", {.branch = "z9hG4bKreg", .extra = "Expires: 60\n"}));
    texts.push_back(request("REFER", line("rf", 5, "Refer-To: <sip:c@192.0.2.30?Replaces=a%3Bto-tag%3Db>\n")));
    texts.push_back(request("NOTIFY", line("nf", 6, "Event: refer\nSubscription-State: active\n")));
    texts.push_back(request("NOTIFY", line("nt", 7, "Event: refer\nSubscription-State: terminated\n")));
    texts.push_back(request("UPDATE", line("su", 8, "Session-Expires: 90;refresher=uac\nSupported: timer\n")));
    for (const Message& m : sent) {  // the PRACK of each reliable response of ours
      const auto rseq = m.header("RSeq");
      if (!rseq) continue;
      texts.push_back(request("PRACK", {.branch = "z9hG4bKpr", .cseq = 2,
                                        .to_tag = tag_of(m.header("To").value_or("")), .body = "v=0",
                                        .extra = "RAck: " + std::string(*rseq) + " 1 INVITE\n",
                                        .call_id = "strict"}));
    }
  }
  SessionId in{}, out{};
};

/// Five times 4,000 messages.
class MutatedInDialog : public testing::TestWithParam<int> {};

TEST_P(MutatedInDialog, MessagesLeaveNothingBehind) {
  constexpr int desks = 100, messages = 40;
  std::size_t answered = 0;
  for (int n = GetParam() * desks; n < (GetParam() + 1) * desks; ++n) {
    SCOPED_TRACE("seed " + std::to_string(n));
    Mutator mutate(n);
    Busy d;
    auto corpus = d.corpus();
    for (int i = 0; i < messages; ++i) {
      const std::string& whole = corpus[mutate.pick(corpus.size())];
      const Flow from = mutate.pick(4) ? d.flow : tcp("192.0.2.10", 40000, 1 + mutate.pick(3));
      d.receive(mutate(whole), from);
      react(d, mutate);
      d.drain();
      if (mutate.pick(8) == 0) d.pass(Millis(mutate.pick(3000)));
      if (mutate.pick(40) == 0) d.endpoint.on_flow_failed(from, d.now);
      if (i == messages / 2) corpus = d.corpus();
    }
    answered += d.sent.size();
    for (std::uint64_t id = 0; id < 1000; ++id) d.endpoint.hang_up(SessionId{id}, d.now);
    d.drain();
    d.expect_clean();
  }
  EXPECT_GT(answered, 1'600u) << "the mutants still get deep into the core";
}
INSTANTIATE_TEST_SUITE_P(Seeds, MutatedInDialog, testing::Range(0, 5));

TEST(Mutated, RandomBytesAreDropped) {
  Desk d;
  base::Random dice(base::seeded(5));
  for (int i = 0; i < 500; ++i) {
    std::string bytes(dice.u32() % 300, ' ');
    for (char& c : bytes) c = static_cast<char>(dice.u32());
    d.receive(bytes);
  }
  EXPECT_TRUE(d.sent.empty());
  d.expect_clean();
}

}  // namespace
}  // namespace daedap::sip
