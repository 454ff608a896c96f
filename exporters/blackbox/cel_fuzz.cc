// Expressions and bodies, with a line feed between them: whatever compiles is evaluated to an end,
// and to the same one again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "exporters/blackbox/cel_program.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.rfind('\n');
  const auto program = narthex::blackbox::CelProgram::Compile(text.substr(0, end));
  if (!program.ok()) return 0;
  const std::string_view body = end == std::string_view::npos ? "{}" : text.substr(end + 1);
  int looks = 0;
  const auto expired = [&looks] { return ++looks > 100; };
  const auto first = program->Evaluate(body, expired);
  looks = 0;
  const auto second = program->Evaluate(body, expired);
  if (first.ok() != second.ok() || (first.ok() && *first != *second)) __builtin_trap();
  return 0;
}
