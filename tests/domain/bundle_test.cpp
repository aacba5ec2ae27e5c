// Policies that change: what stays is shared, and the digest is that of a policy built anew.
#include "domain/model/bundle.hpp"

#include <gtest/gtest.h>

namespace tollgate::model {
namespace {

Bundle bundle_of(std::string_view text) {
  const SourceText source{.file = "a.yaml", .text = std::string(text)};
  Loaded loaded = load({&source, 1});
  Bundle bundle = Bundle::build(std::move(loaded.resources), loaded.problems);
  EXPECT_TRUE(loaded.problems.empty()) << loaded.problems.front().text();
  return bundle;
}

constexpr std::string_view kServices = R"([
  {apiVersion: openslo/v1, kind: Service, metadata: {name: a}},
  {apiVersion: openslo/v1, kind: Service, metadata: {name: b}},
  {apiVersion: openslo/v1, kind: Service, metadata: {name: c}}])";

TEST(Bundle, a_change_shares_what_stays_and_builds_the_same_digest) {
  const Bundle bundle = bundle_of(kServices);
  std::vector<doc::Node> documents;
  for (const auto& resource : bundle.entries()) documents.push_back(resource->document());
  // The first goes, the second changes, one is new.
  doc::Node changed = documents[1];
  changed.find("metadata")->set("displayName", "Another name");
  const doc::Node added = bundle_of("{apiVersion: openslo/v1, kind: Service, metadata: {name: zz}}")
                              .entries()[0]
                              ->document();
  const auto after = bundle.changed({bundle.keys()[0]}, {added, changed});
  ASSERT_TRUE(after) << after.error().text();
  documents[1] = changed;
  documents.erase(documents.begin());
  documents.push_back(added);
  const auto rebuilt = Bundle::from_resources(documents);
  ASSERT_TRUE(rebuilt) << rebuilt.error().text();
  EXPECT_EQ(digest_text(after->digest()), digest_text(rebuilt->digest()));
  EXPECT_EQ(after->keys(), rebuilt->keys());
  EXPECT_EQ(after->entries()[1], bundle.entries()[2]) << "the same resource, not a copy";
  ASSERT_NE(after->find_service("zz"), nullptr);
  EXPECT_EQ(after->find_service("a"), nullptr);
  EXPECT_EQ(after->find_service("b")->labels.size(), 0u);
  EXPECT_EQ(diff(bundle, *after).size(), 3u);
  EXPECT_EQ(bundle.changed({}, {})->digest(), bundle.digest());
  EXPECT_EQ(bundle.changed({"Service/nobody"}, {})->keys(), bundle.keys());
}

}  // namespace
}  // namespace tollgate::model
