// The rules of a module for an HTTP answer, and its body on the way to them.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_HTTP_ANSWER_RULES_H_
#define NARTHEX_EXPORTERS_BLACKBOX_HTTP_ANSWER_RULES_H_

#include <functional>
#include <memory>
#include <string>

#include "exporters/blackbox/body_decoder.h"
#include "exporters/blackbox/failure.h"
#include "exporters/blackbox/http_transfer.h"
#include "exporters/blackbox/module_config.h"

namespace narthex::blackbox {

// Takes a body as it comes: decodes it, counts it, and keeps it where a rule will look at it.
class HttpBody {
 public:
  explicit HttpBody(const HttpProbe& rules);

  // False once it is broken or too large: see failure().
  bool Take(std::string_view piece);
  // After the last piece.
  void Finish();

  const Outcome& failure() const { return failure_; }
  uint64_t size_bytes() const { return size_bytes_; }  // decoded
  const std::string& text() const { return text_; }

 private:
  bool TakeDecoded(std::string_view piece);

  const HttpProbe& rules_;
  const bool keeps_;
  std::unique_ptr<BodyDecoder> decoder_;
  uint64_t size_bytes_ = 0;
  std::string text_;
  Outcome failure_;
};

Outcome CheckStatus(const HttpProbe& rules, int http_status);
Outcome CheckHeaderRules(const HttpProbe& rules, const HttpTransferAnswer& answer);
Outcome CheckBodyText(const HttpProbe& rules, const std::string& body);
Outcome CheckBodyJson(const HttpProbe& rules, const std::string& body, const Deadline& deadline);
Outcome CheckVersion(const HttpProbe& rules, const std::string& version);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_HTTP_ANSWER_RULES_H_
