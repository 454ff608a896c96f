// What stays the same from push to push. A job pushes the same metrics over and over, only with
// other numbers; so a text is cut into its numbers and all the rest, its shape. A push whose shape
// the group has taken before can add no name, type, label or metric, needs no check, and changes
// numbers only.
#ifndef NARTHEX_PUSHGATEWAY_PUSH_SHAPE_H_
#define NARTHEX_PUSHGATEWAY_PUSH_SHAPE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pushgateway/push.h"

namespace narthex::pushgateway {

// Stands for all of a text but its numbers: a hash with a seed that changes with each start.
struct ShapeHash {
  uint64_t low = 0;
  uint64_t high = 0;

  friend bool operator==(const ShapeHash& a, const ShapeHash& b) {
    return a.low == b.low && a.high == b.high;
  }
};

struct CutText {
  ShapeHash shape;
  std::vector<double> numbers;  // one a sample line, in their order
};

// Cuts a body in text format; the buffers of `cut` are reused. False where a line is not of the
// plain kind, "name{labels} number": such a text has no shape.
bool Cut(std::string_view body, CutText& cut);

// The text with the numbers 0, 1, 2, … in place of its own. It must have a shape.
std::string Numbered(std::string_view body);

// For each line of a rendered text, the number it ends in.
std::vector<uint32_t> NumbersOf(std::string_view text);

// Writes the rendered text anew with other numbers: that of line i is numbers[order[i]].
void Renumber(std::string& text, const uint32_t* order,
              const std::vector<std::string_view>& numbers);

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_PUSH_SHAPE_H_
