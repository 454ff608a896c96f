// Objects and lists written piece by piece into a JSON text.
#ifndef NARTHEX_SERVER_API_JSON_OBJECT_H_
#define NARTHEX_SERVER_API_JSON_OBJECT_H_

#include <string>
#include <string_view>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"

namespace narthex::server {

// Writes from its making to its end; no other writer of the same text lives longer than it.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  ~ObjectWriter() { out_ += '}'; }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  void Text(std::string_view name, std::string_view value) { AppendJsonString(Name(name), value); }
  void Boolean(std::string_view name, bool value) { Name(name) += value ? "true" : "false"; }
  void Number(std::string_view name, double value) { AppendApiDouble(Name(name), value); }
  void Integer(std::string_view name, int64_t value) { AppendInteger(Name(name), value); }
  void Labels(std::string_view name, const LabelSet& labels) {
    AppendJsonLabels(Name(name), labels);
  }

  // Where the value of the next field goes.
  std::string& Name(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    AppendJsonString(out_, name);
    out_ += ':';
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

class ListWriter {
 public:
  explicit ListWriter(std::string& out) : out_(out) { out_ += '['; }
  ~ListWriter() { out_ += ']'; }
  ListWriter(const ListWriter&) = delete;
  ListWriter& operator=(const ListWriter&) = delete;

  // Where the next item goes.
  std::string& Next() {
    if (!first_) out_ += ',';
    first_ = false;
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_JSON_OBJECT_H_
