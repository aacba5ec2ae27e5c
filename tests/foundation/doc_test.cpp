// Document trees: JSON and YAML readers, the canonical form, the YAML writer.
#include "foundation/base/codes.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/json_writer.hpp"
#include "foundation/doc/yaml.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace tollgate::doc {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Node json(std::string_view text) {
  Result<Node> node = parse_json(text);
  EXPECT_TRUE(node) << text << ": " << (node ? "" : node.error().text());
  return node ? *node : Node();
}

Node yaml(std::string_view text) {
  Result<std::vector<Node>> nodes = parse_yaml(text, "a.yaml");
  EXPECT_TRUE(nodes) << text << ": " << (nodes ? "" : nodes.error().text());
  return nodes && nodes->size() == 1 ? nodes->front() : Node();
}

TEST(Canonical, GivesTheBytesOfTheReferenceVectors) {
  const std::filesystem::path data = std::filesystem::path(TOLLGATE_SHARED_DIR) /
                                     "cases/governance/cyberphone/json-canonicalization/testdata";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "no shared data";
  for (const char* name : {"arrays", "french", "structures", "unicode", "values", "weird"}) {
    const std::string file = std::string(name) + ".json";
    EXPECT_EQ(canonical_json(json(read_file(data / "input" / file))),
              read_file(data / "output" / file))
        << name;
  }
}

TEST(Canonical, PrintsNumbersAsEcmascriptDoes) {
  struct Case {
    double value;
    const char* text;
  };
  const Case cases[] = {{0.0, "0"},
                        {-0.0, "0"},
                        {1.0, "1"},
                        {-1.5, "-1.5"},
                        {1e21, "1e+21"},
                        {123456789012345680000.0, "123456789012345680000"},
                        {1e-6, "0.000001"},
                        {1e-7, "1e-7"},
                        {1.25e-9, "1.25e-9"},
                        {333333333.33333329, "333333333.3333333"},
                        {5e-324, "5e-324"},
                        {1.7976931348623157e308, "1.7976931348623157e+308"},
                        {9007199254740994.0, "9007199254740994"}};
  for (const Case& c : cases) {
    std::string out;
    append_number(out, c.value);
    EXPECT_EQ(out, c.text);
  }
}

TEST(Canonical, SortsMembersByUtf16CodeUnits) {
  EXPECT_TRUE(canonical_less("\xF0\x9F\x98\x80", "\xEF\xAC\xB3"));  // U+1F600 before U+FB33
  EXPECT_FALSE(canonical_less("\xEF\xAC\xB3", "\xF0\x9F\x98\x80"));
  EXPECT_TRUE(canonical_less("\xED\x9F\xBF", "\xF0\x9F\x98\x80"));
  EXPECT_TRUE(canonical_less("a", "ab"));
  EXPECT_FALSE(canonical_less("a", "a"));
}

TEST(Json, RefusesWhatOnlyLenientReadersTake) {
  struct Case {
    std::string_view text;
    Code code;
    Mark mark;
  };
  const Case cases[] = {
      {"", codes::syntax, {1, 1}},
      {"{\"a\":1,\n \"a\":2}", codes::duplicate_key, {2, 5}},
      {"{\"\":1,\"\":2}", codes::duplicate_key, {1, 10}},
      {"[1,]", codes::syntax, {1, 4}},
      {"[1] 2", codes::syntax, {1, 5}},
      {"{a:1}", codes::syntax, {1, 2}},
      {"// no\n1", codes::syntax, {1, 1}},
      {"\"\xC3\xA4\xFF\"", codes::syntax, {1, 3}},
      {"\"\\ud800\"", codes::syntax, {1, 8}},
      {"01", codes::syntax, {1, 2}},
      {"1e400", codes::syntax, {1, 6}},
      {"NaN", codes::syntax, {1, 1}},
  };
  for (const Case& c : cases) {
    const Result<Node> node = parse_json(c.text);
    ASSERT_FALSE(node) << c.text;
    EXPECT_EQ(code_text(node.error().code), code_text(c.code)) << c.text;
    EXPECT_EQ(node.error().mark.line, c.mark.line) << c.text;
    EXPECT_NEAR(node.error().mark.column, c.mark.column, 2) << c.text;
  }
}

TEST(Json, FindsDuplicatesInLargeObjects) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += fmt::format("\"k{}\":{},", i, i);
  EXPECT_EQ(json(text + "\"last\":0}").members().size(), 1001u);
  EXPECT_EQ(parse_json(text + "\"k7\":0}").error().code, codes::duplicate_key);
}

TEST(Json, LimitsDepthAndSize) {
  const std::string deep(kDepthMax, '[');
  EXPECT_TRUE(parse_json(deep + std::string(kDepthMax, ']')));
  EXPECT_EQ(parse_json(deep + "[" + std::string(kDepthMax + 1, ']')).error().code, codes::too_deep);
  EXPECT_EQ(parse_json("[1,2]", {.bytes_max = 4}).error().code, codes::too_large);
}

TEST(Json, ReadsNumbersExactly) {
  EXPECT_EQ(json("9007199254740991").as_integer(), 9007199254740991);
  EXPECT_EQ(json("9007199254740992").type(), Node::Type::number);
  EXPECT_EQ(json("18446744073709551616").as_number(), 18446744073709551616.0);
  EXPECT_EQ(json("0.1").as_number(), 0.1);
  EXPECT_EQ(json("8.41E-21").as_number(), 8.41e-21);
  EXPECT_EQ(json("1e-400").as_number(), 0.0);
  EXPECT_EQ(json("5e-324").as_number(), 5e-324);
  EXPECT_EQ(json("0.000035689").as_number(), 0.000035689);
  EXPECT_EQ(json("\xEF\xBB\xBF[1]"), Node(Node::Array{1}));
}

TEST(Yaml, KnowsThePlaceOfEveryValue) {
  const Node node = yaml("# comment\nmetadata:\n  name: pay\nlist:\n  - 1\n  - {a: \"x\"}\n");
  EXPECT_EQ(node.find("metadata")->find("name")->mark(), (Mark{3, 9}));
  EXPECT_EQ(node.find("list")->items()[0].mark(), (Mark{5, 5}));
  EXPECT_EQ(node.find("list")->items()[1].find("a")->mark(), (Mark{6, 9}));
  EXPECT_EQ(node.members()[1].key_mark, (Mark{4, 1}));
  EXPECT_EQ(yaml("'a': 1").members()[0].key_mark, (Mark{1, 1}));
}

TEST(Yaml, FollowsTheCoreSchemaForPlainScalars) {
  struct Case {
    std::string_view text;
    Node value;
  };
  const Case cases[] = {{"yes", "yes"},     {"on", "on"},
                        {"true", true},     {"False", false},
                        {"~", nullptr},     {"0x1F", 31},
                        {"0o17", 15},       {"017", 17},
                        {"1.10", 1.1},      {"+7", 7},
                        {"1e3", 1000.0},    {"1_000", "1_000"},
                        {"\"1\"", "1"},     {"'true'", "true"},
                        {"!!str 5", "5"},   {".5", 0.5},
                        {"12:30", "12:30"}, {".inf", ".inf"},
                        {"-", nullptr},     {"1.2.3", "1.2.3"},
                        {"30d", "30d"},     {"2026-01-01", "2026-01-01"}};
  for (const Case& c : cases) {
    const Node node = yaml(fmt::format("a: {}\n", c.text == "-" ? "" : c.text));
    ASSERT_NE(node.find("a"), nullptr) << c.text;
    EXPECT_EQ(*node.find("a"), c.value) << c.text;
  }
  EXPECT_EQ(yaml("a: 1.10").find("a")->raw(), "1.10");
  EXPECT_EQ(yaml("a: '1.10'").find("a")->raw(), "");
}

TEST(Yaml, ReadsStreamsAndLeavesEmptyDocumentsOut) {
  const auto nodes = parse_yaml("---\na: 1\n---\n---\nb: 2\n...\n", "a.yaml");
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->size(), 2u);
  EXPECT_TRUE(parse_yaml("", "a.yaml")->empty());
  EXPECT_TRUE(parse_yaml("# only a comment\n", "a.yaml")->empty());
  EXPECT_EQ(yaml(R"({"a": [1, "x"]})"), json(R"({"a": [1, "x"]})"));
}

TEST(Yaml, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view text;
    Code code;
    uint32_t line;
  };
  const Case cases[] = {{"a: 1\nb: 2\na: 3\n", codes::duplicate_key, 3},
                        {"a: [1, 2\nb: 3\n", codes::syntax, 3},
                        {"a: b: c\n", codes::syntax, 1},
                        {"a: *nowhere\n", codes::syntax, 1},
                        {"a: &x [*x]\n", codes::syntax, 1},
                        {"a:\n\t- b\n", codes::syntax, 2},
                        {"? [1, 2]\n: x\n", codes::syntax, 1},
                        {"a: !Ref x\n", codes::syntax, 1},
                        {"a: \xFF\n", codes::syntax, 0},
                        {std::string_view("|\0n", 3), codes::syntax, 0}};
  for (const Case& c : cases) {
    const auto nodes = parse_yaml(c.text, "a.yaml");
    ASSERT_FALSE(nodes) << c.text;
    EXPECT_EQ(code_text(nodes.error().code), code_text(c.code)) << nodes.error().text();
    EXPECT_EQ(nodes.error().mark.line, c.line) << nodes.error().text();
    EXPECT_EQ(nodes.error().file, "a.yaml");
  }
}

TEST(Yaml, LimitsDepthAndAliases) {
  const std::string deep(kDepthMax, '[');
  EXPECT_TRUE(parse_yaml(deep + std::string(kDepthMax, ']'), "a.yaml"));
  EXPECT_EQ(parse_yaml(deep + "[" + std::string(kDepthMax + 1, ']'), "").error().code,
            codes::too_deep);
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += fmt::format("a{0}: &a{0} [", i);
    for (int j = 0; j < 10; ++j) bomb += fmt::format("{}*a{}", j == 0 ? "" : ", ", i - 1);
    bomb += "]\n";
  }
  EXPECT_EQ(parse_yaml(bomb, "a.yaml").error().code, codes::alias_limit);
  EXPECT_EQ(yaml("base: &b {x: 1}\nuse: *b\n").find("use")->find("x")->as_integer(), 1);
}

TEST(YamlWriter, GivesBackWhatItWasGiven) {
  const Node nodes[] = {
      json(R"({"a":1,"b":[],"c":{},"d":[1,[2,[3]],{"x":{"y":[true,null]}}],"e":"line\nline\n"})"),
      json(R"(["yes","no","1.0","0x1F","","null","~","- a","a: b","a #b","#","'","\"","\\","@x"])"),
      json(R"({"":1,"a b":2,"true":3,"1":4,"?":5,"a:":6,":a":7,"*x":8,"&y":9,"!z":10,"%":11})"),
      json(R"(["a\nb","a\n\nb\n\n"," a\nb","\n","\ta\tb","a ","\u0001","\u2028x","\u0085","é😀"])"),
      json(R"({"text":["l1\n  l2\n","l1 \nl2","|","> x","---","...","... x","a\r\nb","\ufeffx"]})"),
      json(R"({"n":[0.5,1e21,-7,1e-7,"a,b","[x]","{y}","x]","`b`","2026-01-01","=","<<"]})"),
      json("\"text\""),
      json("[]"),
      json("{}"),
      json("5"),
      json("[[1,2],[3]]"),
      json("[{\"a\":[{}]}]")};
  for (const Node& node : nodes) {
    const std::string text = write_yaml(node);
    const auto back = parse_yaml(text, "a.yaml");
    ASSERT_TRUE(back) << back.error().text() << "\n" << text;
    ASSERT_EQ(back->size(), 1u) << text;
    EXPECT_EQ(canonical_json(back->front()), canonical_json(node)) << text;
  }
}

TEST(YamlWriter, WritesWhatPeopleWouldWrite) {
  EXPECT_EQ(
      write_yaml(json(R"({"kind":"SLO","spec":{"on":"yes","objectives":[{"target":0.99,
      "text":"two\nlines\n"}],"none":[]}})")),
      "kind: SLO\nspec:\n  \"on\": \"yes\"\n  objectives:\n    - target: 0.99\n      text: |\n"
      "        two\n        lines\n  none: []\n");
}

TEST(Node, ComparesValuesNotPlacesOrOrder) {
  EXPECT_EQ(json(R"({"a":1,"b":2.0})"), yaml("b: 2\na: 1.0\n"));
  EXPECT_FALSE(json(R"({"a":1})") == json(R"({"b":1})"));
  EXPECT_FALSE(Node("1") == Node(1));
}

TEST(Json, PrettyAndCompactReadBack) {
  const Node node = json(R"({"b":[1,{"x":"\u0001\"\\/"}],"a":{},"c":[]})");
  EXPECT_EQ(json(pretty_json(node)), node);
  EXPECT_EQ(compact_json(node), R"({"b":[1,{"x":"\u0001\"\\/"}],"a":{},"c":[]})");
  EXPECT_EQ(pretty_json(json(R"({"a":[1],"b":{}})")),
            "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}\n");
}

TEST(Json, skipped_members_are_read_past_whatever_they_hold) {
  constexpr std::array<std::string_view, 2> kSkipped = {"x", "y"};
  const std::string text =
      R"({"a":1,"x":[1,{"x":2.5,"b":["]",{}]},null,1e999e],"b":{"y":"q","c":[{"x":-3.25,"d":"t"}]}})";
  const std::string good =
      R"({"a":1,"x":[1,{"x":2.5,"b":["]",{}]},null,1e300],"b":{"y":"q","c":[{"x":-3.25,"d":"t"}]}})";
  EXPECT_FALSE(parse_json(text, {.skipped_members = kSkipped}));
  const Result<Node> node = parse_json(good, {.skipped_members = kSkipped});
  ASSERT_TRUE(node) << node.error().text();
  EXPECT_EQ(compact_json(*node), R"({"a":1,"b":{"c":[{"d":"t"}]}})");
}

/// What the writer makes of `write`, behind text that was there before.
template <class Write>
std::string written(const Write& write) {
  std::string out = "before ";
  {
    JsonWriter writer(out);
    write(writer);
  }
  EXPECT_TRUE(out.starts_with("before "));
  return out.substr(7);
}

TEST(JsonWriter, QuotesEveryTextAsTheCanonicalFormDoes) {
  constexpr std::array<std::string_view, 9> pieces = {"a",    "z0", "\"", "\\",        "\n",
                                                      "\x01", "é",  "😀",  "plain text"};
  std::mt19937 random(7);
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    for (size_t count = random() % 12; count > 0; --count) text += pieces[random() % pieces.size()];
    std::string expected = "[";
    append_quoted(expected, text);
    expected += ",1,";
    append_quoted(expected, text);
    expected += "]";
    EXPECT_EQ(written([&](JsonWriter& out) {
                out.begin_array().text(text).integer(1).text(text).end_array();
              }),
              expected);
  }
}

TEST(JsonWriter, PrintsDecimalsAsTheSameNumbers) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const int places = static_cast<int>(random() % 7);
    const auto amount =
        static_cast<int64_t>(random() >> (15 + random() % 48)) * (random() % 2 == 0 ? 1 : -1);
    std::string expected;
    append_number(expected, static_cast<double>(amount) / std::pow(10, places));
    EXPECT_EQ(written([&](JsonWriter& out) { out.decimal(amount, places); }), expected)
        << amount << " " << places;
  }
}

TEST(JsonWriter, PutsCommasWhereTheyBelongAndGrowsAsItMust) {
  const std::string long_text(5000, 'x');
  const std::string json = written([&](JsonWriter& out) {
    out.begin_object().key("a").begin_array().word("w").boolean(true).null().end_array();
    out.key("t").time(Time{0}).key("d").digest(Digest{}).key("l").text(long_text);
    out.key("o").begin_object().end_object().key("r").raw("[1]").end_object();
  });
  EXPECT_EQ(json, R"({"a":["w",true,null],"t":"1970-01-01T00:00:00.000Z","d":")" +
                      digest_text(Digest{}) + R"(","l":")" + long_text + R"(","o":{},"r":[1]})");
}

}  // namespace
}  // namespace tollgate::doc
