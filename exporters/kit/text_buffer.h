#ifndef NARTHEX_EXPORTERS_KIT_TEXT_BUFFER_H_
#define NARTHEX_EXPORTERS_KIT_TEXT_BUFFER_H_

#include <string>
#include <string_view>

namespace narthex::exporters {

// Puts texts together in one piece of memory, again and again: names and helps of families that are
// made from what the kernel calls its fields, without an allocation each.
class TextBuffer {
 public:
  // The result is good until the next call.
  template <typename... Parts>
  std::string_view Join(const Parts&... parts) {
    text_.clear();
    (text_.append(parts), ...);
    return text_;
  }

 private:
  std::string text_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_TEXT_BUFFER_H_
