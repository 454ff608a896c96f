#include "exporters/mysql/option_file.h"

#include <algorithm>
#include <optional>

#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

std::string_view Trim(std::string_view text) {
  text = TrimBlanks(text);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return TrimBlanks(text);
}

// "'a'" and "\"a\"" without the quotes, where there are none between them.
std::string_view WithoutQuotes(std::string_view text) {
  for (const char quote : {'\'', '"'}) {
    if (text.size() >= 2 && text.front() == quote && text.find(quote, 1) == text.size() - 1)
      return text.substr(1, text.size() - 2);
  }
  return text;
}

class OptionReader {
 public:
  OptionReader(std::string_view text, const std::string& file) : lines_(text), file_(file) {}

  Result<OptionFile> Read() {
    while (const auto line = Next()) {
      if (line->empty() || line->front() == '#' || line->front() == ';') continue;
      RETURN_IF_ERROR(line->front() == '[' ? ReadSection(*line) : ReadOption(*line));
    }
    return std::move(read_);
  }

 private:
  std::optional<std::string_view> Next() {
    const auto line = lines_.Next();
    if (!line) return std::nullopt;
    ++number_;
    return Trim(*line);
  }

  Status Broken(std::string_view finding) const {
    return InvalidArgument(file_, ":", std::to_string(number_), ": ", finding);
  }

  Status ReadSection(std::string_view line) {
    const size_t end = line.rfind(']');
    if (end == std::string_view::npos) return Broken("the section's name has no ]");
    const std::string_view name = Trim(line.substr(1, end - 1));
    if (name.empty()) return Broken("the section has no name");
    section_ = &read_.sections[std::string(name)];
    return {};
  }

  Status ReadOption(std::string_view line) {
    if (line.front() == '!') {
      read_.notes.push_back(file_ + ":" + std::to_string(number_) +
                            ": files that are included are not read");
      return {};
    }
    const size_t end = line.find_first_of("=:");
    const std::string name(Trim(line.substr(0, end)));
    if (name.empty()) return Broken("there is a value without a name");
    std::string value = "true";
    if (end != std::string_view::npos) {
      ASSIGN_OR_RETURN(value, ReadValue(Trim(line.substr(end + 1))));
    }
    // What stands before any section is for nobody.
    if (section_ != nullptr) (*section_)[name] = config::Secret(value);
    return {};
  }

  Result<std::string> ReadValue(std::string_view text) {
    if (text.starts_with("\"\"\"")) return Broken("values of several lines are not understood");
    for (const char quote : {'"', '`'}) {
      if (!text.starts_with(quote)) continue;
      const size_t end = text.rfind(quote);
      if (end == 0) return Broken("the quote is not closed");
      std::string value(text.substr(1, end - 1));
      if (quote == '"') {
        for (size_t at = 0; (at = value.find("\\\"", at)) != std::string::npos; ++at)
          value.erase(at, 1);
      }
      return value;
    }
    if (text.ends_with('\\')) return ReadContinued(text);
    return std::string(WithoutQuotes(text));
  }

  Result<std::string> ReadContinued(std::string_view text) {
    constexpr size_t kMaxValue = 64 << 10;
    std::string value(text);
    while (value.ends_with('\\')) {
      value.pop_back();
      const auto line = Next();
      if (!line || line->empty()) break;
      value += *line;
      if (value.size() > kMaxValue) return Broken("the value is longer than 64 kB");
    }
    return value;
  }

  LineReader lines_;
  const std::string& file_;
  size_t number_ = 0;
  OptionFile read_;
  OptionFile::Section* section_ = nullptr;
};

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// How long the name at the front is; names of the shell's own are one byte: $1, $$.
size_t NameLength(std::string_view text) {
  constexpr std::string_view kOneByte = "*#$@!?-0123456789";
  if (!text.empty() && kOneByte.find(text[0]) != std::string_view::npos) return 1;
  size_t length = 0;
  while (length < text.size() && IsNameByte(text[length])) ++length;
  return length;
}

}  // namespace

Result<OptionFile> ParseOptionFile(std::string_view text, const std::string& file) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return OptionReader(text, file).Read();
}

std::string ExpandVariables(std::string_view text,
                            const std::function<std::string(const std::string&)>& variable) {
  std::string expanded;
  while (!text.empty()) {
    const size_t plain = std::min(text.find('$'), text.size());
    expanded += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.size() < 2) break;
    if (text[1] == '{') {
      const size_t end = text.find('}');
      // As the original, "${" without an end is taken away.
      if (end == std::string_view::npos) {
        text.remove_prefix(2);
        continue;
      }
      const std::string name(text.substr(2, end - 2));
      if (NameLength(name) == name.size() && !name.empty()) expanded += variable(name);
      text.remove_prefix(end + 1);
      continue;
    }
    const size_t length = NameLength(text.substr(1));
    if (length == 0) {
      expanded += '$';
    } else {
      expanded += variable(std::string(text.substr(1, length)));
    }
    text.remove_prefix(1 + length);
  }
  return expanded.append(text);
}

}  // namespace narthex::exporters
