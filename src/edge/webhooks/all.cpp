// Every sender of webhooks on one page, sorted by name: one line makes a sender known.
#include "edge/webhooks/sender.hpp"

#include <array>

namespace tollgate::webhooks {

extern const SenderDef kAlertmanager, kArgoRollouts, kCdevents, kCloudevents, kDatadog, kFlagger,
    kGithub, kGitlab, kGrafana, kJenkins, kPagerduty, kStandard;

std::span<const SenderDef* const> all_senders() {
  static constexpr std::array kSenders = {
      &kAlertmanager,  //
      &kArgoRollouts,  //
      &kCdevents,      //
      &kCloudevents,   //
      &kDatadog,       //
      &kFlagger,       //
      &kGithub,        //
      &kGitlab,        //
      &kGrafana,       //
      &kJenkins,       //
      &kPagerduty,     //
      &kStandard,      //
  };
  return kSenders;
}

}  // namespace tollgate::webhooks
