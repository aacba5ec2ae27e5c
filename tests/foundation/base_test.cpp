// Time, durations, identifiers, encodings, text and numbers.
#include "foundation/base/address.hpp"
#include "foundation/base/byte_size.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/digest.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/ids.hpp"
#include "foundation/base/text.hpp"
#include "foundation/base/time.hpp"

#include <gtest/gtest.h>

namespace tollgate {
namespace {

TEST(Time, ReadsRfc3339AndWritesUtc) {
  struct Case {
    std::string_view text;
    std::string_view canonical;
  };
  const Case cases[] = {{"2026-03-02T10:00:00Z", "2026-03-02T10:00:00.000Z"},
                        {"2026-03-02t10:00:00.1239z", "2026-03-02T10:00:00.123Z"},
                        {"2026-03-02T10:00:00+05:30", "2026-03-02T04:30:00.000Z"},
                        {"2026-03-02T10:00Z", "2026-03-02T10:00:00.000Z"},
                        {"2026-03-02", "2026-03-02T00:00:00.000Z"},
                        {"2024-02-29T23:59:60Z", "2024-03-01T00:00:00.000Z"},
                        {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
                        {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"},
                        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"}};
  for (const Case& c : cases) {
    const Result<Time> time = parse_time(c.text);
    ASSERT_TRUE(time) << c.text;
    EXPECT_EQ(time_text(*time), c.canonical);
  }
  for (const char* text : {"", "now", "2026-13-01", "2026-02-29", "2026-03-02T25:00:00Z",
                           "2026-03-02T10:00:00", "2026-03-02T10:00:00.Z", "2026-03-02Z",
                           "2026-03-02T10:00:00Zx", "26-03-02", "2026-03-00"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(Time, CivilDatesAndDayNumbersAgree) {
  for (int64_t day = -800'000; day < 800'000; day += 37) {
    const CivilDate date = civil_from_days(day);
    ASSERT_EQ(days_from_civil(date.year, date.month, date.day), day);
  }
}

TEST(Duration, ReadsNumbersWithUnits) {
  struct Case {
    std::string_view text;
    Duration value;
    std::string_view canonical;
  };
  const Case cases[] = {{"30d", days(30), "30d"},
                        {"1h30m", minutes(90), "90m"},
                        {"-5m", minutes(-5), "-5m"},
                        {"250ms", milliseconds(250), "250ms"},
                        {"0m", {}, "0s"},
                        {"2w", days(14), "14d"},
                        {"1M", days(30), "30d"},
                        {"1Q", days(90), "90d"},
                        {"1Y", days(365), "365d"},
                        {"24h", days(1), "1d"},
                        {"1d1ms", {86'400'001}, "86400001ms"}};
  for (const Case& c : cases) {
    const Result<Duration> duration = parse_duration(c.text);
    ASSERT_TRUE(duration) << c.text;
    EXPECT_EQ(duration->ms, c.value.ms) << c.text;
    EXPECT_EQ(duration_text(*duration), c.canonical);
  }
  for (const char* text : {"", "5", "m", "5 m", "30days", "1m1h", "1h1h", "-", "--5m", "5mm",
                           "99999999999999999999d", "9223372036854775807d", "1.5h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, IsSaidInTwoUnitsAtTheMost) {
  EXPECT_EQ(duration_words({186'000}), "3 min 6 s");
  EXPECT_EQ(duration_words(hours(43)), "1 d 19 h");
  EXPECT_EQ(duration_words(days(2)), "2 d");
  EXPECT_EQ(duration_words({}), "0 s");
  EXPECT_EQ(duration_words({1500}), "1 s");
}

TEST(Ulid, SortsByTimeAndUsesItsAlphabet) {
  const std::string first = make_ulid({1'469'918'176'385}, 0, 0);
  EXPECT_EQ(first.substr(0, 10), "01ARYZ6S41");
  EXPECT_EQ(read_ulid(first)->time.ms, 1'469'918'176'385);
  EXPECT_LT(first, make_ulid({1'469'918'176'386}, 0, 0));
  EXPECT_LT(make_ulid({5}, 1, 0), make_ulid({5}, 1, 1));
  EXPECT_FALSE(read_ulid("01ARYZ6S41"));
  EXPECT_FALSE(read_ulid(std::string(26, 'U')));
}

TEST(Encoding, Base64KeepsTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(*base64_decode(text), bytes);
  }
  for (const char* text : {"Zg", "Zg=", "Zh==", "Zm9v ", "Z===", "Zm9*", "=Zg="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(Encoding, HexAndDigestsReadBack) {
  EXPECT_EQ(hex_encode(std::string("\x00\xFF", 2)), "00ff");
  EXPECT_FALSE(hex_decode("0"));
  EXPECT_FALSE(hex_decode("0g"));
  const Digest digest = sha256("abc");
  EXPECT_EQ(digest_text(digest),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(*parse_digest(digest_text(digest)), digest);
  EXPECT_EQ(sha256({"a", "bc"}), digest);
  EXPECT_FALSE(parse_digest("sha256:12"));
}

TEST(Encoding, Utf8IsCheckedStrictly) {
  for (const char* text : {"", "abc", "é", "€", "😀", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(text)) << hex_encode(text);
  }
}

TEST(Text, NearestNameIsASlipOfThePen) {
  const std::vector<std::string> names = {"service", "budgetingMethod", "timeWindow", "objectives"};
  EXPECT_EQ(nearest_name("sevrice", names), "service");
  EXPECT_EQ(nearest_name("budgetingmethod", names), "budgetingMethod");
  EXPECT_EQ(nearest_name("objective", names), "objectives");
  EXPECT_EQ(nearest_name("colour", names), "");
  EXPECT_EQ(did_you_mean("timewindows", names), "; did you mean \"timeWindow\"?");
  EXPECT_EQ(nearest_name(std::string(100'000, 'x'), names), "");
}

TEST(Text, SplitsTrimsAndCounts) {
  EXPECT_EQ(split("a,,b", ',').size(), 3u);
  EXPECT_EQ(trim("  a b\n"), "a b");
  EXPECT_EQ(count_text(1, "event", "events"), "1 event");
  EXPECT_EQ(count_text(9997, "event", "events"), "9,997 events");
  EXPECT_EQ(number_text(-1'234'567), "-1,234,567");
  EXPECT_EQ(number_text(-123), "-123");
}

TEST(Text, PercentagesAreExact) {
  EXPECT_EQ(percent_text(999'700), "99.97 %");
  EXPECT_EQ(percent_text(-7'000'000), "-700 %");
  EXPECT_EQ(percent_text(0), "0 %");
  EXPECT_EQ(percent_text(1), "0.0001 %");
  EXPECT_EQ(percent_text(692'307), "69.23 %");
  EXPECT_EQ(percent_text(180'377), "18.04 %");
  EXPECT_EQ(percent_text(999'995), "99.9995 %");
  EXPECT_EQ(percent_text(-180'377), "-18.04 %");
  EXPECT_EQ(*parse_ppm("99.95%"), 999'500);
  EXPECT_EQ(*parse_ppm(" 99.95 % "), 999'500);
  EXPECT_EQ(*parse_ppm("0.9995"), 999'500);
  EXPECT_EQ(*parse_ppm("-1%"), -10'000);
  for (const char* text : {"", "%", "x", "nan", "inf", "1e400", "99,9%", "1e300"}) {
    EXPECT_FALSE(parse_ppm(text)) << text;
  }
}

TEST(Errors, EveryCodeIsInTheSortedCatalogue) {
  const std::vector<CodeInfo>& catalogue = code_catalogue();
  for (size_t i = 1; i < catalogue.size(); ++i) {
    EXPECT_LT(catalogue[i - 1].code, catalogue[i].code) << catalogue[i].name;
  }
  for (const CodeInfo& row : catalogue) {
    EXPECT_FALSE(row.title.empty() || row.help.empty()) << row.name;
    EXPECT_EQ(&code_info(row.code), &row);
  }
  EXPECT_EQ(code_text(codes::bad_value), "TG0213");
}

TEST(Errors, TextNamesThePlaceTheCodeAndTheProblem) {
  const Error error{.code = codes::bad_value, .message = "m", .file = "a.yaml", .mark = {2, 3}};
  EXPECT_EQ(error.text(), "a.yaml:2:3: error[TG0213]: m");
}

TEST(ByteSize, is_read_with_every_usual_unit_and_said_in_words) {
  EXPECT_EQ(parse_byte_size("2GiB").value(), int64_t{2} << 30);
  EXPECT_EQ(parse_byte_size("512 MB").value(), 512'000'000);
  EXPECT_EQ(parse_byte_size(" 64k ").value(), 65'536);
  EXPECT_EQ(parse_byte_size("1048576").value(), 1'048'576);
  EXPECT_EQ(parse_byte_size("0").value(), 0);
  for (const char* bad : {"", "GiB", "-1", "1.5G", "9 elephants", "99999999999 TiB"})
    EXPECT_EQ(parse_byte_size(bad).error().code, codes::bad_value) << bad;
  EXPECT_EQ(byte_size_words(int64_t{2} << 30), "2 GiB");
  EXPECT_EQ(byte_size_words(1536), "1.5 KiB");
  EXPECT_EQ(byte_size_words(0), "0 B");
}

TEST(Address, private_networks_are_known) {
  const auto is_private = [](std::string_view text) {
    const auto address = parse_address(text);
    EXPECT_TRUE(address) << text;
    return address && is_private_address(*address);
  };
  for (const char* text : {"127.0.0.1", "10.1.2.3", "172.31.255.255", "192.168.0.1",
                           "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1", "fe80::1", "fd00::1",
                           "::ffff:10.0.0.1", "64:ff9b::a00:1", "255.255.255.255"}) {
    EXPECT_TRUE(is_private(text)) << text;
  }
  for (const char* text : {"8.8.8.8", "172.32.0.1", "192.169.0.1", "2606:4700::1111", "1.1.1.1"})
    EXPECT_FALSE(is_private(text)) << text;
  EXPECT_FALSE(parse_address("example.com"));
  EXPECT_FALSE(parse_address("1.2.3"));
}

}  // namespace
}  // namespace tollgate
