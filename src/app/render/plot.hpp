// A scatter of points as text for a terminal and as SVG for a page or a report.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tollgate::render {

struct PlotPoint {
  double x = 0;
  double y = 0;
  std::string label = {};  // for the legend; points without one have none
  bool is_strong = false;  // drawn filled
};

struct Plot {
  std::string title = {};
  std::string x_axis = {};
  std::string y_axis = {};
  std::vector<PlotPoint> points = {};
  /// Words for a value of an axis, such as "42 min".
  std::string (*x_words)(double) = nullptr;
  std::string (*y_words)(double) = nullptr;
};

/// A few lines of characters: strong points as letters that the legend below explains, the others
/// as dots.
std::string plot_text(const Plot& plot);
/// A whole SVG document without scripts or fonts from elsewhere; points carry their label as title.
std::string plot_svg(const Plot& plot);

}  // namespace tollgate::render
