#include "app/render/plot.hpp"

#include "app/render/findings.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace tollgate::render {
namespace {

constexpr int kColumns = 60;
constexpr int kRows = 14;
constexpr int kWidth = 720;
constexpr int kHeight = 420;
constexpr int kLeft = 80;
constexpr int kRight = 20;
constexpr int kTop = 40;
constexpr int kBottom = 60;

struct Range {
  double low = 0;
  double high = 1;
  /// Where a value lies, 0 to 1.
  double share(double value) const { return (value - low) / (high - low); }
};

/// From 0 to a little above the greatest value.
Range range_of(const std::vector<PlotPoint>& points, double PlotPoint::*axis) {
  Range range{.low = 0, .high = 0};
  for (const PlotPoint& point : points) range.high = std::max(range.high, point.*axis);
  range.high = range.high > 0 ? range.high * 1.05 : 1;
  return range;
}

std::string words_of(std::string (*words)(double), double value) {
  return words != nullptr ? words(value) : fmt::format("{:.3g}", value);
}

}  // namespace

std::string plot_text(const Plot& plot) {
  const Range x = range_of(plot.points, &PlotPoint::x);
  const Range y = range_of(plot.points, &PlotPoint::y);
  std::vector<std::string> grid(kRows, std::string(kColumns, ' '));
  std::string legend;
  char letter = 'A';
  for (const bool is_strong : {false, true}) {
    for (const PlotPoint& point : plot.points) {
      if (point.is_strong != is_strong) continue;
      const auto column = static_cast<size_t>(x.share(point.x) * (kColumns - 1));
      const auto row = static_cast<size_t>((1 - y.share(point.y)) * (kRows - 1));
      char& cell = grid[row][column];
      if (!is_strong) {
        cell = '.';
        continue;
      }
      const bool is_taken = cell >= 'A' && cell <= 'Z';
      const char mark = is_taken ? cell : letter;
      if (!is_taken && letter < 'Z') ++letter;
      cell = mark;
      legend += fmt::format("  {}  {}\n", mark, point.label);
    }
  }
  std::string text = plot.title + "\n" + plot.y_axis + "\n";
  for (int row = 0; row < kRows; ++row) {
    const bool is_labelled = row == 0 || row == kRows - 1;
    const double value = row == 0 ? y.high : y.low;
    text += fmt::format("{:>10} |{}\n", is_labelled ? words_of(plot.y_words, value) : "",
                        grid[static_cast<size_t>(row)]);
  }
  text += fmt::format("{:>10} +{}\n", "", std::string(kColumns, '-'));
  const std::string end = words_of(plot.x_words, x.high);
  const std::string begin = words_of(plot.x_words, x.low);
  const size_t gap =
      kColumns > begin.size() + end.size() ? kColumns - begin.size() - end.size() : 1;
  text += fmt::format("{:>10}  {}{}{}\n", "", begin, std::string(gap, ' '), end);
  text += fmt::format("{:>10}  {}\n\n", "", plot.x_axis);
  return text + legend;
}

std::string plot_svg(const Plot& plot) {
  const Range x = range_of(plot.points, &PlotPoint::x);
  const Range y = range_of(plot.points, &PlotPoint::y);
  const auto at_x = [&](double value) {
    return kLeft + x.share(value) * (kWidth - kLeft - kRight);
  };
  const auto at_y = [&](double value) {
    return kTop + (1 - y.share(value)) * (kHeight - kTop - kBottom);
  };
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" "
      "aria-label=\"{2}\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n"
      "<text x=\"{3}\" y=\"24\" font-size=\"15\">{2}</text>\n",
      kWidth, kHeight, xml_escape(plot.title), kLeft);
  constexpr int kTicks = 4;
  for (int i = 0; i <= kTicks; ++i) {
    const double vx = x.high * i / kTicks;
    const double vy = y.high * i / kTicks;
    svg += fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#ddd\"/>"
        "<text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4}</text>\n",
        at_x(vx), kTop, kHeight - kBottom, kHeight - kBottom + 18,
        xml_escape(words_of(plot.x_words, vx)));
    svg += fmt::format(
        "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#ddd\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
        kLeft, kWidth - kRight, at_y(vy), kLeft - 8, at_y(vy) + 4,
        xml_escape(words_of(plot.y_words, vy)));
  }
  for (const PlotPoint& point : plot.points) {
    svg += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"{}\" stroke=\"#3e37b2\">"
        "<title>{}</title></circle>\n",
        at_x(point.x), at_y(point.y), point.is_strong ? "#3e37b2" : "none",
        xml_escape(point.label));
  }
  return svg + fmt::format(
                   "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n"
                   "<text transform=\"translate(16 {}) rotate(-90)\" "
                   "text-anchor=\"middle\">{}</text>\n</svg>\n",
                   (kLeft + kWidth - kRight) / 2, kHeight - 14, xml_escape(plot.x_axis),
                   (kTop + kHeight - kBottom) / 2, xml_escape(plot.y_axis));
}

}  // namespace tollgate::render
