// Roles and bearer tokens.
#include "edge/identity/tokens.hpp"
#include "foundation/base/codes.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace tollgate::identity {
namespace {

constexpr Time kNow{1'772'445'600'000};

class Tokens : public ::testing::Test {
 protected:
  Tokens() {
    char name[] = "/tmp/tollgate-tokens-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~Tokens() override { std::filesystem::remove_all(directory_); }
  std::string path() const { return directory_ + "/tokens.json"; }
  std::unique_ptr<TokenFile> open() { return TokenFile::open(path()).value(); }
  std::string directory_;
};

TEST(Roles, allow_what_their_table_says) {
  const struct {
    Role role;
    std::array<bool, 6> read_gate_record_apply_administer_push;
  } cases[] = {{Role::reader, {true, false, false, false, false, false}},
               {Role::ci, {true, true, true, false, false, true}},
               {Role::approver, {true, true, false, true, false, false}},
               {Role::pusher, {false, false, false, false, false, true}},
               {Role::admin, {true, true, true, true, true, true}}};
  for (const auto& [role, allowed] : cases) {
    for (size_t action = 0; action < allowed.size(); ++action) {
      EXPECT_EQ(authorise(std::array{role}, static_cast<Action>(action)), allowed[action])
          << role_name(role) << " " << action_name(static_cast<Action>(action));
    }
  }
  EXPECT_FALSE(authorise({}, Action::read));
  EXPECT_TRUE(authorise(std::array{Role::reader, Role::approver}, Action::apply));
  EXPECT_EQ(parse_role("ci").value(), Role::ci);
  EXPECT_NE(parse_role("admn").error().message.find("did you mean \"admin\""), std::string::npos);
}

TEST_F(Tokens, are_known_until_they_expire_or_are_revoked) {
  const auto file = open();
  EXPECT_TRUE(file->is_empty(kNow));
  const NewToken made =
      file->create({.subject = "ci@checkout", .roles = {Role::ci}, .now = kNow}).value();
  EXPECT_TRUE(made.text.starts_with("tgt_" + made.token.id + "_"));
  EXPECT_EQ(file->verify(made.text, kNow).value().subject, "ci@checkout");
  const NewToken brief =
      file->create(
              {.subject = "a", .roles = {Role::reader}, .now = kNow, .expires = kNow + hours(1)})
          .value();
  EXPECT_TRUE(file->verify(brief.text, kNow + minutes(59)));
  EXPECT_EQ(file->verify(brief.text, kNow + hours(1)).error().code, codes::unauthenticated);
  ASSERT_TRUE(file->revoke(made.token.id));
  EXPECT_FALSE(file->verify(made.text, kNow));
  EXPECT_EQ(file->revoke(made.token.id).error().code, codes::not_found);
  EXPECT_EQ(file->list().size(), 1U);
}

TEST_F(Tokens, never_stand_in_the_file_nor_in_messages) {
  const auto file = open();
  const NewToken made = file->create({.subject = "a", .roles = {Role::ci}, .now = kNow}).value();
  std::ifstream stream(path());
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  const std::string secret = made.text.substr(made.text.rfind('_') + 1);
  EXPECT_EQ(text.find(secret), std::string::npos);
  struct stat status = {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  std::string wrong = made.text;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (const std::string& bad :
       {wrong, std::string(), std::string("tgt_"), std::string(200, 'x'), made.text + "0"}) {
    const auto refused = file->verify(bad, kNow);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().text().find(secret.substr(0, 20)), std::string::npos);
  }
}

TEST_F(Tokens, made_by_another_process_are_noticed) {
  const auto server = open();
  EXPECT_TRUE(server->is_empty(kNow));
  const NewToken made = open()->create({.subject = "a", .roles = {Role::ci}, .now = kNow}).value();
  EXPECT_FALSE(server->verify(made.text, kNow + milliseconds(10))) << "looked at a moment ago";
  EXPECT_TRUE(server->verify(made.text, kNow + TokenFile::kReloadEvery));
  ASSERT_TRUE(open()->revoke(made.token.id));
  EXPECT_FALSE(server->verify(made.text, kNow + seconds(5)));
}

TEST_F(Tokens, of_a_broken_or_open_file_are_refused) {
  std::ofstream(path()) << "{\"tokens\": [{\"id\": 1}]}";
  ::chmod(path().c_str(), 0644);
  EXPECT_EQ(TokenFile::open(path()).error().code, codes::forbidden);
  ::chmod(path().c_str(), 0600);
  EXPECT_FALSE(TokenFile::open(path()));
}

TEST_F(Tokens, need_a_subject_a_role_and_a_future) {
  const auto file = open();
  EXPECT_FALSE(file->create({.subject = "", .roles = {Role::ci}, .now = kNow}));
  EXPECT_FALSE(file->create({.subject = "a", .roles = {}, .now = kNow}));
  EXPECT_FALSE(file->create({.subject = "a", .roles = {Role::ci}, .now = kNow, .expires = kNow}));
}

}  // namespace
}  // namespace tollgate::identity
