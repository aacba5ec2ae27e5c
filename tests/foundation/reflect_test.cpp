// Field tables: one struct with every shape, decoded, encoded, validated, documented, compared.
#include "foundation/reflect/reflect.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/yaml.hpp"

#include <gtest/gtest.h>

namespace tollgate::reflect {

enum class Colour { red, green, dark_blue };

struct Leaf {
  std::string name;
  int64_t count = 0;
};

struct Tree {
  std::string label;
  std::vector<Tree> children;
};

struct Everything {
  bool is_on = false;
  int64_t integer = 0;
  double number = 0;
  std::string text;
  std::string slug;
  Time time;
  Duration duration;
  Digest digest;
  Ppm share;
  Colour colour = Colour::red;
  doc::Node any;
  Leaf leaf;
  std::vector<int64_t> integers;
  std::vector<Leaf> leaves;
  std::optional<Duration> window;
  std::optional<Leaf> maybe_leaf;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::vector<std::string>> lists;
  Tree tree;
};

template <>
struct EnumNames<Colour> {
  static constexpr std::array<std::string_view, 3> names = {"red", "green", "dark_blue"};
};
template <>
struct Reflect<Leaf> {
  static constexpr std::string_view name = "Leaf";
  static constexpr std::array fields = {
      field<&Leaf::name>("name", "Name of the leaf.", {.is_required = true, .size_max = 20}),
      field<&Leaf::count>("count", "How many.", {.min = 0, .max = 10})};
};
template <>
struct Reflect<Tree> {
  static constexpr std::string_view name = "Tree";
  static constexpr std::array fields = {field<&Tree::label>("label", "Label."),
                                        field<&Tree::children>("children", "Parts.")};
};
template <>
struct Reflect<Everything> {
  using E = Everything;
  static constexpr std::string_view name = "Everything";
  static constexpr std::array fields = {
      field<&E::is_on>("isOn", "A switch."),
      field<&E::integer>("integer", "A whole number."),
      field<&E::number>("number", "A number."),
      field<&E::text>("text", "A text."),
      field<&E::slug>(
          "slug", "A name.",
          {.pattern = "[a-z]+", .pattern_words = "a lower-case word", .example = "abc"}),
      field<&E::time>("time", "A time."),
      field<&E::duration>("duration", "A duration.", {.min = 0, .max = 3'600'000}),
      field<&E::digest>("digest", "A digest."),
      field<&E::share>("share", "A share.", {.min = 0, .max = 1'000'000}),
      field<&E::colour>("colour", "A colour."),
      field<&E::any>("any", "Anything."),
      field<&E::leaf>("leaf", "A leaf."),
      field<&E::integers>("integers", "Numbers.", {.min = 1, .size_max = 3}),
      field<&E::leaves>("leaves", "Leaves."),
      field<&E::window>("window", "Perhaps a duration."),
      field<&E::maybe_leaf>("maybeLeaf", "Perhaps a leaf."),
      field<&E::labels>("labels", "Texts by name."),
      field<&E::lists>("lists", "Lists by name."),
      field<&E::tree>("tree", "A tree.")};
};

namespace {

doc::Node yaml(std::string_view text) {
  auto nodes = doc::parse_yaml(text, "a.yaml");
  EXPECT_TRUE(nodes) << (nodes ? "" : nodes.error().text());
  return nodes && nodes->size() == 1 ? nodes->front() : doc::Node();
}

Problems problems_of(std::string_view text) {
  Everything value;
  Problems problems;
  const bool is_good =
      decode(type_of<Everything>(), yaml(text), &value, {.file = "a.yaml"}, problems);
  EXPECT_EQ(is_good, problems.empty());
  return problems;
}

constexpr int kSeeds = 500;

TEST(Reflect, DecodingGivesBackWhatWasEncoded) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Everything value;
    fill_random(type_of<Everything>(), &value, seed);
    const doc::Node node = encode(value);
    const auto back = decode<Everything>(node);
    ASSERT_TRUE(back) << seed << " " << back.error().text();
    EXPECT_EQ(canonical(*back), canonical(value)) << seed;
  }
}

TEST(Reflect, CanonicalBytesAreThoseOfTheEncodedTree) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Everything value;
    fill_random(type_of<Everything>(), &value, seed);
    ASSERT_EQ(canonical(value), doc::canonical_json(encode(value))) << seed;
    const auto parsed = doc::parse_json(canonical(value));
    ASSERT_TRUE(parsed) << seed << " " << parsed.error().text();
    EXPECT_EQ(doc::canonical_json(*parsed), canonical(value)) << seed;
  }
}

TEST(Reflect, RandomValuesSurviveYaml) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Everything value;
    fill_random(type_of<Everything>(), &value, seed);
    const std::string text = doc::write_yaml(encode(value));
    const auto nodes = doc::parse_yaml(text, "a.yaml");
    ASSERT_TRUE(nodes) << nodes.error().text() << "\n" << text;
    ASSERT_EQ(nodes->size(), 1u) << text;
    ASSERT_EQ(doc::canonical_json(nodes->front()), canonical(value)) << text;
  }
}

TEST(Reflect, TheSameSeedGivesTheSameValue) {
  Everything a, b, c;
  fill_random(type_of<Everything>(), &a, 7);
  fill_random(type_of<Everything>(), &b, 7);
  fill_random(type_of<Everything>(), &c, 8);
  EXPECT_EQ(canonical(a), canonical(b));
  EXPECT_NE(canonical(a), canonical(c));
}

TEST(Reflect, AbsentMembersAreLeftOutAndPlainOnesAreWritten) {
  EXPECT_EQ(canonical(Everything{}),
            R"({"colour":"red","digest":"sha256:)" + std::string(64, '0') +
                R"(","duration":"0s","integer":0,"isOn":false,"leaf":{"count":0},"number":0,)"
                R"("share":0,"time":"1970-01-01T00:00:00.000Z","tree":{}})");
  EXPECT_EQ(compact_json(encode(Leaf{.name = "x", .count = 3})), R"({"name":"x","count":3})");
}

TEST(Reflect, MapsWithAstralKeysAreSortedByUtf16) {
  Everything value;
  value.labels = {{"\xF0\x9F\x98\x80", "1"}, {"\xEF\xAC\xB3", "2"}, {"a", "3"}};
  EXPECT_EQ(canonical(value), doc::canonical_json(encode(value)));
  EXPECT_LT(canonical(value).find("\xF0\x9F\x98\x80"), canonical(value).find("\xEF\xAC\xB3"));
}

TEST(Reflect, ReadsTheFormsThatPeopleWrite) {
  const auto value = decode<Everything>(yaml(
      "isOn: true\nnumber: 3\ninteger: 4.0\ntext: 1.10\nslug: abc\nduration: 5m\nshare: 99.9%\n"
      "time: 2026-03-02T10:00:00+01:00\nwindow: 30d\nlabels: {a: 1, b: true, c: x}\n"
      "colour: dark_blue\nmaybeLeaf:\nleaf: {name: x}\n"));
  ASSERT_TRUE(value) << value.error().text();
  EXPECT_TRUE(value->is_on);
  EXPECT_EQ(value->number, 3);
  EXPECT_EQ(value->integer, 4);
  EXPECT_EQ(value->text, "1.10");
  EXPECT_EQ(value->duration, minutes(5));
  EXPECT_EQ(value->share.value, 999'000);
  EXPECT_EQ(time_text(value->time), "2026-03-02T09:00:00.000Z");
  EXPECT_EQ(value->window, days(30));
  EXPECT_EQ(value->labels.at("a"), "1");
  EXPECT_EQ(value->labels.at("b"), "true");
  EXPECT_EQ(value->colour, Colour::dark_blue);
  EXPECT_FALSE(value->maybe_leaf);
  EXPECT_EQ(decode<Everything>(yaml("share: 0.9995"))->share.value, 999'500);
  EXPECT_EQ(decode<Everything>(yaml("share: 999500"))->share.value, 999'500);
  EXPECT_EQ(decode<Everything>(*doc::parse_json(R"({"share":50})"))->share.value, 50);
}

TEST(Reflect, SaysWhatIsWrongWhereAndWhatWasMeant) {
  struct Case {
    std::string_view text;
    Code code;
    std::string_view message;
  };
  const Case cases[] = {
      {"txet: x", codes::unknown_field,
       "a.yaml:1:1: error[TG0211]: unknown field \"txet\"; did you mean \"text\"?"},
      {"colour: gren", codes::bad_value,
       "a.yaml:1:9: error[TG0213]: \"colour\": \"gren\" is not known; did you mean \"green\"?"},
      {"colour: 5", codes::bad_value,
       "\"colour\": \"5\" is not known; choose one of red, green, dark_blue"},
      {"duration: 30days", codes::bad_value,
       "\"duration\": \"30days\" is not a duration; did you mean \"30d\"?"},
      {"duration: 2h", codes::bad_value, "\"duration\" must be between 0s and 1h"},
      {"share: 80", codes::bad_value, "80 is unclear; write \"80%\" or a ratio such as 0.8"},
      {"share: 120%", codes::bad_value, "\"share\" must be between 0 % and 100 %"},
      {"isOn: yes", codes::wrong_type, "\"isOn\" must be true or false, not text"},
      {"integer: 1.5", codes::wrong_type, "\"integer\" must be a whole number, not number"},
      {"text: [x]", codes::wrong_type, "\"text\" must be text, not list"},
      {"slug: A1", codes::bad_value, "\"slug\": \"A1\" is not a lower-case word"},
      {"time: yesterday", codes::bad_value, "\"time\": \"yesterday\" is not a time"},
      {"leaf: {count: 1}", codes::missing_field, "field \"name\" is missing"},
      {"leaf: {name: ''}", codes::missing_field, "\"name\" is empty"},
      {"leaves: [{name: a}, {name: b, count: 11}]", codes::bad_value,
       "\"count\" must be between 0 and 10"},
      {"integers: [1, 0]", codes::bad_value, "item 1 of \"integers\" must be at least 1"},
      {"integers: [1, 2, 3, 4]", codes::bad_value, "\"integers\" has 4 items; the limit is 3"},
      {"[1]", codes::wrong_type, "the document must be an object, not list"}};
  for (const Case& c : cases) {
    const Problems problems = problems_of(c.text);
    ASSERT_EQ(problems.size(), 1u) << c.text;
    EXPECT_EQ(code_text(problems[0].code), code_text(c.code)) << c.text;
    EXPECT_NE(problems[0].text().find(c.message), std::string::npos) << problems[0].text();
  }
}

TEST(Reflect, CollectsAllProblemsWithPlaceAndPath) {
  const Problems problems =
      problems_of("integer: x\nleaves:\n  - name: a\n  - count: 1\nlabels:\n  a/b: [1]\nnope: 1\n");
  ASSERT_EQ(problems.size(), 4u);
  EXPECT_EQ(problems[0].field, "/integer");
  EXPECT_EQ(problems[1].field, "/leaves/1");
  EXPECT_EQ(problems[1].mark, (Mark{4, 5}));
  EXPECT_EQ(problems[2].mark, (Mark{6, 8}));
  EXPECT_EQ(problems[3].field, "/nope");
}

TEST(Reflect, BoundsTheNumberOfProblemsAndCountsTheRest) {
  std::string text = "leaves:\n";
  for (int i = 0; i < 300; ++i) text += "  - count: 1\n";
  const Problems problems = problems_of(text);
  ASSERT_EQ(problems.size(), kProblemsMax);
  EXPECT_TRUE(problems.back().message.ends_with("(and 100 problems more)"))
      << problems.back().message;
}

TEST(Reflect, IgnoresUnknownFieldsOnlyWhereAsked) {
  EXPECT_FALSE(decode<Leaf>(yaml("{name: a, extra: 1}")));
  EXPECT_TRUE(decode<Leaf>(yaml("{name: a, extra: 1}"), {.ignore_unknown = true}));
}

TEST(Reflect, WritesJsonSchemaWithReferencesForRecursiveTypes) {
  const doc::Node schema = json_schema(type_of<Everything>());
  const doc::Node& properties = *schema.find("properties");
  EXPECT_EQ(properties.find("colour")->find("enum")->items().size(), 3u);
  EXPECT_EQ(properties.find("tree")->text_or("$ref"), "#/$defs/Tree");
  const doc::Node& tree = *schema.find("$defs")->find("Tree");
  EXPECT_EQ(tree.find("properties")->find("children")->find("items")->text_or("$ref"),
            "#/$defs/Tree");
  const doc::Node& leaf = *schema.find("$defs")->find("Leaf");
  EXPECT_EQ(*leaf.find("required"), doc::Node(doc::Node::Array{"name"}));
  EXPECT_EQ(leaf.find("properties")->find("count")->integer_or("maximum", 0), 10);
  EXPECT_EQ(schema.boolean_or("additionalProperties", true), false);
}

TEST(Reflect, DocumentsEveryFieldOnce) {
  const std::string plain = field_docs(type_of<Everything>(), false);
  EXPECT_NE(plain.find("leaf.name"), std::string::npos);
  EXPECT_NE(plain.find("leaves[].count"), std::string::npos);
  EXPECT_NE(plain.find("red|green|dark_blue"), std::string::npos);
  const std::string table = field_docs(type_of<Everything>(), true);
  EXPECT_NE(table.find("| `lists.*[]` | map to list of text |  | Lists by name. |"),
            std::string::npos)
      << table;
}

TEST(Reflect, DifferencesComeInPathOrder) {
  const auto changes =
      diff(yaml("{b: 1, a: [1, 2], gone: x}"), yaml("{a: [1, 3, 4], b: 1.0, n/w: y}"));
  ASSERT_EQ(changes.size(), 4u);
  EXPECT_EQ(changes[0].path, "/a/1");
  EXPECT_EQ(changes[0].kind, Change::Kind::changed);
  EXPECT_EQ(changes[1].path, "/a/2");
  EXPECT_EQ(changes[1].kind, Change::Kind::added);
  EXPECT_EQ(changes[2].path, "/gone");
  EXPECT_EQ(changes[2].kind, Change::Kind::removed);
  EXPECT_EQ(changes[3].path, "/n~1w");
  EXPECT_TRUE(diff(yaml("{a: 1, b: 2}"), yaml("{b: 2, a: 1}")).empty());
}

}  // namespace
}  // namespace tollgate::reflect
