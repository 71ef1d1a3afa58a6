// SPDX-License-Identifier: Apache-2.0
#include "cloister/report/chart.hpp"

#include "cloister/base/check.hpp"
#include "cloister/report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cloister::report {
namespace {

constexpr double chart_width = 720;
constexpr double label_width = 200;
constexpr double value_width = 110;
constexpr double bar_height = 22;
constexpr double bar_gap = 8;

std::string px(double value) {
  return fmt::format("{:.1f}", value);
}

void check_values(double value) {
  CLOISTER_CHECK(std::isfinite(value) && value >= 0);
}

// SVG has no line breaks: a label that would run into the bars is cut, the table beneath has it
// whole.
std::string short_label(const std::string& label) {
  constexpr std::size_t characters_max = 28;
  if (label.size() <= characters_max) return label;
  std::size_t end = characters_max - 1;
  while (end > 0 && (static_cast<unsigned char>(label[end]) & 0xc0) == 0x80)
    --end;  // not inside a character
  return label.substr(0, end) + "…";
}

Markup open_chart(const ChartText& text, double height) {
  Markup svg;
  svg.open("svg", {{"class", "chart"},
                   {"viewBox", fmt::format("0 0 {} {}", chart_width, px(height))},
                   {"role", "img"},
                   {"aria-label", text.title}});
  return svg;
}

double largest(const std::vector<double>& values) {
  double top = 0;
  for (double value : values) top = std::max(top, value);
  return top > 0 ? top : 1;
}

// The next "round" number at or above: 1, 2 or 5 times a power of ten.
double round_up(double value) {
  double power = std::pow(10, std::floor(std::log10(value)));
  for (double step : {1.0, 2.0, 5.0, 10.0})
    if (value <= step * power * (1 + 1e-9)) return step * power;
  return 10 * power;
}

}  // namespace

Markup bar_chart(const ChartText& text, const std::vector<Bar>& bars) {
  std::vector<double> values;
  for (const Bar& bar : bars) {
    check_values(bar.value);
    values.push_back(bar.value);
  }
  double top = largest(values);
  double room = chart_width - label_width - value_width;
  double height = static_cast<double>(bars.size()) * (bar_height + bar_gap) + bar_gap;
  Markup svg = open_chart(text, height);
  svg.empty("line", {{"class", "axis"},
                     {"x1", px(label_width)},
                     {"x2", px(label_width)},
                     {"y1", "0"},
                     {"y2", px(height)}});
  double y = bar_gap;
  for (const Bar& bar : bars) {
    double width = bar.value / top * room;
    double middle = y + bar_height / 2 + 5;
    svg.element("text", short_label(bar.label),
                {{"x", px(label_width - 10)}, {"y", px(middle)}, {"text-anchor", "end"}});
    svg.empty("rect", {{"class", "bar"},
                       {"x", px(label_width)},
                       {"y", px(y)},
                       {"width", px(width)},
                       {"height", px(bar_height)}});
    svg.element("text",
                decimal(bar.value, text.digits) + (text.unit.empty() ? "" : " " + text.unit),
                {{"class", "value"}, {"x", px(label_width + width + 8)}, {"y", px(middle)}});
    y += bar_height + bar_gap;
  }
  svg.close();
  return svg;
}

Markup histogram(const ChartText& text, const std::vector<Bin>& bins) {
  constexpr double height = 260;
  constexpr double floor = 220;
  constexpr double left = 70;
  std::vector<double> values;
  for (const Bin& bin : bins) {
    check_values(bin.count);
    values.push_back(bin.count);
  }
  double top = round_up(largest(values));
  Markup svg = open_chart(text, height);
  for (double part : {0.0, 0.5, 1.0}) {
    double y = floor - part * (floor - 10);
    svg.empty("line", {{"class", "grid"},
                       {"x1", px(left)},
                       {"x2", px(chart_width)},
                       {"y1", px(y)},
                       {"y2", px(y)}});
    svg.element("text", decimal(top * part, 0),
                {{"x", px(left - 8)}, {"y", px(y + 5)}, {"text-anchor", "end"}});
  }
  double width = (chart_width - left) / static_cast<double>(std::max<std::size_t>(1, bins.size()));
  for (std::size_t i = 0; i < bins.size(); ++i) {
    double x = left + static_cast<double>(i) * width;
    double tall = bins[i].count / top * (floor - 10);
    svg.empty("rect", {{"class", "bar"},
                       {"x", px(x + 1)},
                       {"y", px(floor - tall)},
                       {"width", px(std::max(1.0, width - 2))},
                       {"height", px(tall)}});
    // Labels need about 60 units: with many bins only every n-th is written.
    auto every = static_cast<std::size_t>(std::ceil(60 / width));
    if (i % every == 0)
      svg.element("text", decimal(bins[i].low, text.digits), {{"x", px(x)}, {"y", px(floor + 20)}});
  }
  svg.element(
      "text", text.unit,
      {{"x", px(chart_width)}, {"y", px(height - 4)}, {"text-anchor", "end"}, {"class", "value"}});
  svg.close();
  return svg;
}

}  // namespace cloister::report
