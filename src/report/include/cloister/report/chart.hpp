// SPDX-License-Identifier: Apache-2.0
// A handful of charts as inline SVG: text labels, one palette that colour-blind people can read,
// axes from zero where lengths are compared. The numbers stand as a table beneath each chart
// (Document does that).
#pragma once

#include "cloister/report/markup.hpp"

#include <string>
#include <vector>

namespace cloister::report {

struct Bar {
  std::string label;
  double value = 0;
};

struct ChartText {
  std::string title;  // read by screen readers, shown above the chart
  std::string unit;   // of the values: "hours", "people"
  int digits = 0;     // after the decimal point
};

// Horizontal bars from zero, in the given order. Values must be finite and not negative.
Markup bar_chart(const ChartText& text, const std::vector<Bar>& bars);

// Columns from zero, for counts in neighbouring intervals.
struct Bin {
  double low = 0;
  double high = 0;
  double count = 0;
};
Markup histogram(const ChartText& text, const std::vector<Bin>& bins);

}  // namespace cloister::report
