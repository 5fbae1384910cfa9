// The AI hands its caller to a person: he is rung while the AI is silent, told what the call is about,
// and joined with the caller. When nobody takes the call, the AI goes on.
#include "call/call.hpp"
#include "call/greeting.hpp"
#include "speech/text/spoken_text.hpp"

namespace daedap::call {

/// The assistant wants the caller connected: with whom it names, else with whom the configuration does.
void Call::on_output(speech::Wanted& wanted, base::Time now) {
  if (hunt_ || transfer_) return;
  const auto named = wanted.arguments.find("to");
  const std::string to = named != wanted.arguments.end() && !named->second.empty() ? named->second : settings().transfer_to;
  auto targets = to.empty() ? base::fail(base::Code::not_found, "ai.transfer_to is empty", "") : targets_for(to);
  base::Result<void> begun;
  if (targets) {
    log_.info("call_transfer", {{"by", "ai"}, {"to", base::mask_number(to)}});
    prepare_handover(handover_of(record_.turns, wanted.arguments), *targets);
    ai_->stand_by(true, now);
    begun = begin_transfer({.by_ai = true, .to = to}, std::move(*targets), now);
  } else {
    begun = tl::unexpected(targets.error());
  }
  if (begun) return;
  // The caller is told, never left waiting.
  log_.info("ai_transfer_not_possible", {{"why", begun.error().message()}});
  back_to_ai(now);
}

void Call::prepare_handover(const Handover& handover, std::vector<Target>& targets) {
  const TransferSummary how = settings().transfer_summary;
  if (const std::string line = shown(handover); displays(how) && !line.empty())
    for (Target& target : targets) target.invite.headers.push_back({"Subject", line});
  if (!speaks(how)) return;
  const std::string& language = record_.language;
  const std::string& voice = callee_->voice.empty() ? settings().conversation.voice : callee_->voice;
  briefing_ = std::make_unique<Briefing>(
      speech::TtsRequest{.text = speech::spoken_text(spoken(handover, language), language), .language = language, .voice = voice},
      place_.around.engines.tts);
}

/// He answered; the caller goes on waiting while he is told.
void Call::brief(std::unique_ptr<SipLeg> leg, const std::string& operator_id, base::Time now) {
  log_.info("ai_briefing_started", {{"to", leg->name()}});
  note_in_call(operator_id, true);
  briefing_->start(std::move(leg), operator_id, now);
}

void Call::watch_briefing(base::Time now) {
  if (!briefing_ || briefing_->leg() == nullptr || !briefing_->over(now)) return;
  const std::unique_ptr<Briefing> done = std::move(briefing_);
  on_transferred(done->take_leg(), done->operator_id(), now);
}

void Call::drop_briefing(Cause cause, base::Time now) {
  const std::unique_ptr<Briefing> dropped = std::move(briefing_);
  if (!dropped || dropped->leg() == nullptr) return;
  auto leg = dropped->take_leg();
  let_go(leg, dropped->operator_id(), cause, now);
}

/// Nobody took the call: the AI tells the caller, and the conversation goes on where it was.
void Call::back_to_ai(base::Time now) {
  briefing_.reset();
  caller_->media().player().discard();
  ai_->stand_by(false, now);
  ai_->say(std::string(transfer_refusal(record_.language)), now);
}

}  // namespace daedap::call
