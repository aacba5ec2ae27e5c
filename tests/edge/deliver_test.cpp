// Delivery targets against the documented payloads of what they tell: contract fakes, no network.
#include "domain/model/events.hpp"
#include "edge/deliver/message.hpp"
#include "edge/deliver/target.hpp"
#include "edge/deliver/webhook.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace tollgate::deliver {
namespace {

constexpr Time kNow{1'772'445'600'000};  // 2026-03-02T10:00Z

class FixedClock : public engine::Clock {
 public:
  Time now() override { return kNow; }
};

/// Keeps what was sent and answers as told.
class FakeHttp : public engine::HttpClient {
 public:
  Result<engine::HttpResponse> send(const engine::HttpRequest& request) override {
    sent = request;
    return engine::HttpResponse{.status = status};
  }
  engine::HttpRequest sent;
  int status = 202;
};

model::AlertIdentity identity() {
  return {.alert = "0123456789abcdef",
          .slo = "checkout/availability",
          .environment = "production",
          .policy = "fast-burn",
          .severity = "page",
          .cause = "service/checkout"};
}

model::AlertRaised raised() {
  return {.identity = identity(),
          .incident = identity(),
          .reason = model::AlertReason::burn,
          .objective = {999'000},
          .window = hours(1),
          .short_window = minutes(5),
          .burn = 16'200,
          .short_burn = 15'100,
          .limit = 14'400,
          .bad = 1400,
          .total = 86'420,
          .budget_spent = {23'000},
          .budget_left = Ppm{300'000},
          .empty_in = hours(43)};
}

engine::Notification about(std::string target_type, const model::EventData& data,
                           std::map<std::string, std::string> annotations) {
  const model::Event event{.position = 7,
                           .time = kNow,
                           .actor = {.subject = "tollgate", .issuer = "local"},
                           .subject = "slo/checkout/availability",
                           .data = data};
  return {.id = "tollgate-8",
          .target = "on-call",
          .target_type = std::move(target_type),
          .annotations = std::move(annotations),
          .type = std::string(model::event_type(data)),
          .subject = event.subject,
          .time = kNow,
          .leaf = model::encode_event(event)};
}

class Deliver : public testing::Test {
 protected:
  Result<void> send(const engine::Notification& notification) {
    return Targets({http, clock}).deliver(notification);
  }
  doc::Node body() { return doc::parse_json(http.sent.body).value(); }

  FakeHttp http;
  FixedClock clock;
};

TEST_F(Deliver, pagerduty_opens_an_incident_and_resolves_it_by_the_same_key) {
  setenv("TEST_ROUTING_KEY", "R0123456789ABCDEF0123456789ABCDE", 1);
  const std::map<std::string, std::string> annotations = {
      {"tollgate.dev/routing-key", "env:TEST_ROUTING_KEY"}};
  ASSERT_TRUE(send(about("pagerduty", raised(), annotations)));
  EXPECT_EQ(http.sent.url, "https://events.pagerduty.com/v2/enqueue");
  const doc::Node trigger = body();
  EXPECT_EQ(trigger.text_or("routing_key"), "R0123456789ABCDEF0123456789ABCDE");
  EXPECT_EQ(trigger.text_or("event_action"), "trigger");
  const doc::Node* payload = trigger.find("payload");
  EXPECT_EQ(payload->text_or("severity"), "critical");
  EXPECT_EQ(payload->text_or("source"), "checkout/availability");
  EXPECT_EQ(payload->text_or("component"), "checkout");
  EXPECT_EQ(payload->text_or("group"), "service/checkout");
  EXPECT_EQ(payload->text_or("timestamp"), "2026-03-02T10:00:00.000Z");
  EXPECT_EQ(payload->text_or("summary"),
            "checkout/availability in production: Critical, burns 16.2x in 1 h and 15.1x in 5 min, "
            "limit 14.4x");
  EXPECT_EQ(payload->find("custom_details")->text_or("figures"),
            "2.3 % of the budget in the last 1 h; empty in 1 d 19 h; 1,400 bad of 86,420");

  const model::AlertCleared cleared{
      .identity = identity(), .incident = identity(), .raised = 7, .since = kNow - minutes(42)};
  ASSERT_TRUE(send(about("pagerduty", cleared, annotations)));
  EXPECT_EQ(body().text_or("event_action"), "resolve");
  EXPECT_EQ(body().text_or("dedup_key"), trigger.text_or("dedup_key"));
  EXPECT_EQ(body().find("payload")->text_or("summary"),
            "checkout/availability in production: calm again after 42 min");
}

TEST_F(Deliver, pagerduty_takes_its_key_by_reference_only) {
  const auto plain =
      send(about("pagerduty", raised(), {{"tollgate.dev/routing-key", "R0123456789ABCDEF"}}));
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code, codes::bad_value);
  EXPECT_EQ(plain.error().message.find("R0123456789ABCDEF"), std::string::npos);
}

TEST_F(Deliver, slack_gets_text_and_blocks_with_markup_escaped) {
  model::AlertRaised burning = raised();
  burning.identity.slo = "check<out>/a&b";
  http.status = 200;
  ASSERT_TRUE(send(about("slack", burning, {{"tollgate.dev/url", "https://hooks.slack.com/x"}})));
  const doc::Node message = body();
  EXPECT_TRUE(message.text_or("text").starts_with(":rotating_light: check&lt;out&gt;/a&amp;b"));
  const doc::Node& first = message.find("blocks")->items()[0];
  EXPECT_EQ(first.text_or("type"), "section");
  EXPECT_EQ(first.find("text")->text_or("type"), "mrkdwn");
  EXPECT_NE(first.find("text")->text_or("text").find("2.3 % of the budget"), std::string::npos);
  EXPECT_LE(message.find("blocks")->items()[1].find("fields")->items().size(), 10U);
}

TEST_F(Deliver, alertmanager_labels_are_the_same_at_the_end_and_the_end_is_a_time) {
  const std::map<std::string, std::string> annotations = {
      {"tollgate.dev/url", "http://alertmanager:9093/"}};
  ASSERT_TRUE(send(about("alertmanager", raised(), annotations)));
  EXPECT_EQ(http.sent.url, "http://alertmanager:9093/api/v2/alerts");
  const doc::Node fired = body().items().at(0);
  EXPECT_EQ(fired.find("labels")->text_or("alertname"), "fast-burn");
  EXPECT_EQ(fired.find("labels")->text_or("severity"), "page");
  EXPECT_EQ(fired.text_or("startsAt"), "2026-03-02T10:00:00.000Z");
  EXPECT_EQ(fired.text_or("endsAt"), "2026-03-02T10:04:00.000Z");
  const model::AlertCleared cleared{
      .identity = identity(), .incident = identity(), .raised = 7, .since = kNow - minutes(42)};
  ASSERT_TRUE(send(about("alertmanager", cleared, annotations)));
  const doc::Node over = body().items().at(0);
  EXPECT_TRUE(*over.find("labels") == *fired.find("labels"));
  EXPECT_EQ(over.text_or("startsAt"), "2026-03-02T09:18:00.000Z");
  EXPECT_EQ(over.text_or("endsAt"), "2026-03-02T10:00:00.000Z");
}

TEST_F(Deliver, a_webhook_carries_the_record_and_a_signature_that_receivers_can_check) {
  setenv("TEST_HOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1);
  ASSERT_TRUE(send(about("webhook", raised(),
                         {{"tollgate.dev/url", "https://example.test/hook"},
                          {"tollgate.dev/secret", "env:TEST_HOOK_SECRET"}})));
  EXPECT_EQ(body().text_or("type"), "dev.tollgate.alert.raised.v1");
  std::string signature;
  for (const auto& [name, value] : http.sent.headers) {
    if (name == "webhook-signature") signature = value;
  }
  EXPECT_EQ(signature, webhook_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "tollgate-8",
                                         kNow.ms / 1000, http.sent.body));
  // The published example of Standard Webhooks.
  EXPECT_EQ(
      webhook_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        1614265330, R"({"test": 2432232314})"),
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_F(Deliver, what_no_retry_mends_is_told_from_what_one_may) {
  const std::map<std::string, std::string> annotations = {{"tollgate.dev/url", "http://a.test"}};
  http.status = 400;
  EXPECT_EQ(send(about("alertmanager", raised(), annotations)).error().code, codes::bad_value);
  http.status = 503;
  EXPECT_EQ(send(about("alertmanager", raised(), annotations)).error().code, codes::bad_response);
  http.status = 429;
  EXPECT_EQ(send(about("slack", raised(), annotations)).error().code, codes::bad_response);
}

TEST_F(Deliver, every_target_of_people_can_be_tried_out_without_a_record) {
  setenv("TEST_ROUTING_KEY", "R0", 1);
  const std::set<std::string_view> of_people = {"alertmanager", "pagerduty", "slack", "webhook"};
  for (const TargetDef* target : all_targets()) {
    const engine::Notification test{
        .id = "test-1",
        .target = "on-call",
        .target_type = std::string(target->name),
        .annotations = {{"tollgate.dev/url", "http://a.test"},
                        {"tollgate.dev/routing-key", "env:TEST_ROUTING_KEY"}},
        .type = std::string(engine::kTestType),
        .subject = "target/on-call",
        .time = kNow,
        .leaf = {}};
    const Result<void> sent = send(test);
    if (of_people.contains(target->name)) {
      EXPECT_TRUE(sent) << target->name;
    } else {  // answers to pipelines need a verdict
      ASSERT_FALSE(sent) << target->name;
      EXPECT_EQ(sent.error().code, codes::bad_value) << target->name << sent.error().text();
    }
  }
}

TEST_F(Deliver, a_word_that_names_no_target_is_a_webhook) {
  EXPECT_EQ(target_named("email").name, "webhook");
  EXPECT_EQ(target_named("Slack").name, "slack");
}

/// What `target` is told of an audit of a schedule.
Message audit_message(const std::string& target, model::AuditTold told) {
  model::AuditRecorded audit{.scope = model::AuditScope::deployments, .source = "ledger"};
  told.target = "payments-desk";
  audit.round = model::AuditRound{
      .schedule = "bypasses", .due = kNow, .severity = "ticket", .told = {std::move(told)}};
  const model::Event event{.position = 7,
                           .time = kNow,
                           .actor = {.subject = "tollgate", .issuer = "tollgate"},
                           .subject = "audit/deployments",
                           .data = audit};
  return message_of({.id = "7",
                     .target = target,
                     .target_type = "webhook",
                     .annotations = {},
                     .type = "audit.recorded",
                     .subject = event.subject,
                     .time = kNow,
                     .leaf = model::encode_event(event)})
      .value();
}

TEST(Message, AnAuditFiresWhileItsTargetHasFindingsAndIsResolvedWithTheLast) {
  const Message fired = audit_message(
      "payments-desk",
      {.opened = 3, .open = 5, .lines = {"no gate was asked about 1.1.0", "and about 1.2.0"}});
  EXPECT_EQ(fired.kind, Message::Kind::fired);
  EXPECT_EQ(fired.title, "Audit bypasses: 3 findings new, 5 now");
  EXPECT_EQ(fired.text, "no gate was asked about 1.1.0\nand about 1.2.0\nand 1 more");
  EXPECT_FALSE(is_urgent(fired.severity));
  const Message resolved = audit_message("payments-desk", {.closed = 5});
  EXPECT_EQ(resolved.kind, Message::Kind::resolved);
  EXPECT_EQ(resolved.key, fired.key) << "the end resolves what the beginning opened";
  EXPECT_EQ(resolved.title, "Audit bypasses: no finding is left");
  EXPECT_EQ(audit_message("another", {.opened = 1, .open = 1}).kind, Message::Kind::notice);
}

}  // namespace
}  // namespace tollgate::deliver
