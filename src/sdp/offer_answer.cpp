#include "sdp/offer_answer.hpp"

#include <algorithm>

#include "sdp/audio_line.hpp"
#include "sdp/description.hpp"
#include "sdp/session.hpp"
#include "sdp/text.hpp"

namespace daedap::sdp {
namespace {

using base::Code;
using base::fail;

bool same_codec(const Codec& a, const Codec& b) {
  return same_word(a.name, b.name) && a.clock_rate == b.clock_rate && a.channels == b.channels;
}

const Codec* find(const std::vector<Codec>& list, const Codec& codec) {
  const auto it =
      std::find_if(list.begin(), list.end(), [&](const Codec& c) { return same_codec(c, codec); });
  return it == list.end() ? nullptr : &*it;
}

// The offer's codecs that we have, in the offer's order with the offer's payload types; our fmtp.
std::vector<Codec> common_codecs(const AudioLine& offer, const LocalMedia& local) {
  std::vector<Codec> common;
  for (const Codec& offered : offer.codecs) {
    const Codec* ours = find(local.codecs, offered);
    if (!ours || find(common, offered)) continue;
    common.push_back(*ours);
    common.back().payload_type = offered.payload_type;
  }
  return common;
}

// The events of the codec's clock rate, as RFC 4733 §2.1 wants them; else whichever the peer has:
// baresip and others offer 8000 Hz alone beside Opus, and their keys are to be heard all the same.
const Codec* event_for(const AudioLine& remote, const Codec& codec) {
  if (const Codec* event = remote.event(codec.clock_rate)) return event;
  return remote.events.empty() ? nullptr : &remote.events.front();
}

// `send`: what we send, under the peer's payload type. How it wants that is in its fmtp.
Negotiated agree(const AudioLine& remote, const LocalMedia& local, Codec send, std::vector<Codec> receive) {
  Negotiated media;
  media.codec = std::move(send);
  media.codec.fmtp = find(remote.codecs, media.codec)->fmtp;
  media.receive = std::move(receive);
  media.remote_rtp = remote.rtp;
  media.remote_rtcp = remote.rtcp;
  media.rtcp_mux = remote.rtcp_mux;
  media.direction = answer_direction(remote.direction, local.direction);
  media.ptime = remote.ptime;
  media.secure_profile = remote.secure;
  return media;
}

// The keys for an offered line: the first suite that we have too, under the offer's tag. False when
// the line is not what our policy wants. spec  RFC 4568 §5.1.2
bool choose_keys(Negotiated& media, const AudioLine& offer, const LocalMedia& local) {
  if (local.srtp == SrtpPolicy::off) return !offer.secure;
  for (const CryptoKey& theirs : offer.crypto) {
    const CryptoKey* ours = find_suite(local.crypto, theirs.suite);
    if (!ours) continue;
    media.srtp_receive = theirs;
    media.srtp_send = *ours;
    media.srtp_send->tag = theirs.tag;
    return true;
  }
  return !offer.secure && local.srtp == SrtpPolicy::optional;
}

// The keys of an answer: one line, with a tag and suite of ours. spec  RFC 4568 §5.1.3
base::Result<void> accept_keys(Negotiated& media, const AudioLine& answer, const LocalMedia& local) {
  if (local.srtp == SrtpPolicy::off) {
    if (answer.secure) return fail(Code::no_common_codec, "we offered no SRTP");
    return {};
  }
  if (answer.crypto_lines == 0) {
    if (!answer.secure && local.srtp == SrtpPolicy::optional) return {};
    return fail(Code::unsupported, "the answer has no key for SRTP");
  }
  const CryptoKey* theirs = answer.crypto.empty() ? nullptr : &answer.crypto.front();
  const CryptoKey* ours = theirs ? find_suite(local.crypto, theirs->suite) : nullptr;
  if (answer.crypto_lines != 1 || !ours || ours->tag != theirs->tag) {
    return fail(Code::bad_syntax, "the answer's a=crypto is not one that we offered");
  }
  media.srtp_receive = *theirs;
  media.srtp_send = *ours;
  return {};
}

// What to say when no line of the offer can be taken.
base::Error nothing_to_take(const LocalMedia& local) {
  if (local.srtp == SrtpPolicy::required) {
    return {Code::unsupported, "no audio line with SRTP that we can take", {}};
  }
  return {Code::no_common_codec, "no audio line that we can take", {}};
}

}  // namespace

base::Result<Answer> answer(std::string_view offer, const LocalMedia& local) {
  const auto session = Session::parse(offer);
  if (!session) return tl::unexpected(session.error());

  base::Error why = nothing_to_take(local);
  std::optional<Negotiated> media;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < session->media.size() && !media; ++i) {
    if (!AudioLine::usable(session->media[i])) continue;
    const auto audio = AudioLine::read(*session, session->media[i]);
    if (!audio) {
      why = audio.error();
      continue;
    }
    auto common = common_codecs(*audio, local);
    if (common.empty()) continue;
    Codec send = common.front();
    Negotiated agreed = agree(*audio, local, std::move(send), std::move(common));
    if (!choose_keys(agreed, *audio, local)) continue;
    chosen = i;
    media = std::move(agreed);
    const Codec* event = event_for(*audio, media->codec);
    if (event && local.telephone_event) {
      media->send_event_type = media->recv_event_type = event->payload_type;
      media->event_clock_rate = event->clock_rate;
    }
  }
  if (!media) return tl::unexpected(why);

  std::string sdp = write_session(local, session->timing);
  for (std::size_t i = 0; i < session->media.size(); ++i) {
    const MediaLine& line = session->media[i];
    sdp += i == chosen ? write_answer_line(*media, local, line.protocol) : write_refusal(line);
  }
  return Answer{std::move(sdp), std::move(*media)};
}

std::string make_offer(const LocalMedia& local) {
  return write_session(local, "0 0") + write_offer_line(local);
}

base::Result<Negotiated> accept(const LocalMedia& local, std::string_view answer) {
  const auto session = Session::parse(answer);
  if (!session) return tl::unexpected(session.error());
  if (session->media.empty()) return fail(Code::bad_syntax, "the answer has no m= line");
  const MediaLine& line = session->media.front();
  if (!AudioLine::usable(line)) return fail(Code::no_common_codec, "our audio was refused");
  const auto audio = AudioLine::read(*session, line);
  if (!audio) return tl::unexpected(audio.error());

  // We send with the answer's payload types and are sent the ones that we offered.
  const auto theirs = common_codecs(*audio, local);
  if (theirs.empty()) return fail(Code::no_common_codec, "the answer has none of our codecs");
  std::vector<Codec> receive;
  for (const Codec& codec : theirs) receive.push_back(*find(local.codecs, codec));
  Negotiated media = agree(*audio, local, theirs.front(), std::move(receive));
  if (const Codec* event = event_for(*audio, media.codec); event && local.telephone_event) {
    const int ours = event_type(local, event->clock_rate);
    media.send_event_type = event->payload_type;
    if (ours >= 0) media.recv_event_type = ours;
    media.event_clock_rate = event->clock_rate;
  }
  if (auto keys = accept_keys(media, *audio, local); !keys) return tl::unexpected(keys.error());
  return media;
}

}  // namespace daedap::sdp
