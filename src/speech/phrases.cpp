#include "speech/phrases.hpp"

#include <array>

namespace daedap::speech {
namespace {

struct Twin {
  std::string ko, en;
};

// In the order of `Phrase`.
const std::array<Twin, phrase_count>& table() {
  static const std::array<Twin, phrase_count> twins{{
      {"여보세요? 듣고 계신가요?", "Hello? Are you still there?"},
      {"여보세요? 잘 들리지 않습니다. 말씀해 주시거나 번호를 눌러 주세요.",
       "Hello? I cannot hear you. Please speak, or press a key."},
      {"말씀이 없으셔서 통화를 마치겠습니다. 다시 전화해 주세요. 감사합니다.",
       "I cannot hear anyone, so I will end this call. Please call again. Goodbye."},
      {"죄송합니다. 잠시만 기다려 주세요.", "I am sorry. One moment, please."},
      {"죄송합니다. 말씀을 다 드리지 못했습니다. 다시 한 번 말씀해 주시겠어요?",
       "I am sorry, I lost my thread. Could you say that once more?"},
      {"죄송합니다. 다시 한 번 말씀해 주시겠어요?", "I am sorry, could you say that again?"},
      {"죄송합니다. 지금은 말씀을 알아들을 수 없습니다. 번호를 눌러 주시거나, 별표를 누르고 메시지를 남겨 주세요.",
       "I am sorry, I cannot understand speech at the moment. Please press a key, or press star to leave a message."},
      {"삐 소리 후 메시지를 남겨 주세요. 다 남기셨으면 우물 정 자를 눌러 주세요.",
       "Please leave your message after the beep. When you are done, press the hash key."},
      {"죄송합니다. 지금은 안내해 드리기 어렵습니다. 삐 소리 후 메시지를 남겨 주시면 전해 드리겠습니다.",
       "I am sorry, I cannot help you right now. Please leave a message after the beep and I will pass it on."},
      {"메시지를 전해 드리겠습니다. 더 필요한 것이 있으시면 말씀해 주세요.",
       "Thank you, I will pass your message on. Is there anything else?"},
      {"메시지가 녹음되지 않았습니다.", "No message was recorded."},
      {"통화 시간이 거의 다 되었습니다.", "This call is about to reach its time limit."},
      {"통화 시간이 다 되어 통화를 마치겠습니다. 감사합니다.",
       "This call has reached its time limit. Thank you for calling. Goodbye."},
      {"감사합니다. 좋은 하루 보내세요.", "Thank you for calling. Goodbye."},
      {"죄송합니다. 지금은 전화를 받을 수 없습니다. 나중에 다시 전화해 주세요.",
       "I am sorry, we cannot take your call right now. Please call again later."},
  }};
  return twins;
}

}  // namespace

const std::string& phrase(Phrase phrase, const std::string& language) {
  const Twin& twin = table()[static_cast<std::size_t>(phrase)];
  return language.compare(0, 2, "ko") == 0 ? twin.ko : twin.en;
}

std::vector<std::string> fixed_sentences(const std::string& language) {
  std::vector<std::string> all;
  for (int i = 0; i < phrase_count; ++i) all.push_back(phrase(static_cast<Phrase>(i), language));
  return all;
}

}  // namespace daedap::speech
