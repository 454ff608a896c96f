#include "exporters/blackbox/http_answer_rules.h"

#include <algorithm>

#include "common/bytes/ignore_case.h"

namespace narthex::blackbox {
namespace {

constexpr uint64_t kMaxKeptBytes = 64UL << 20;
constexpr size_t kMaxJsonBytes = 8UL << 20;

bool HasBodyRules(const HttpProbe& rules) {
  return !rules.fail_if_body_matches_regexp.empty() ||
         !rules.fail_if_body_not_matches_regexp.empty() ||
         rules.fail_if_body_json_matches_cel.given() ||
         rules.fail_if_body_json_not_matches_cel.given();
}

// Whether any value of the header matches; nothing where the header is missing.
std::optional<bool> Matches(const HeaderMatch& rule, const HttpTransferAnswer& answer) {
  std::optional<bool> matches;
  for (const auto& [name, value] : answer.headers) {
    if (!EqualIgnoringCase(name, rule.header)) continue;
    matches = matches.value_or(false) || rule.regexp.regex.FindsIn(value);
  }
  return matches;
}

Outcome CheckOneHeader(const HeaderMatch& rule, const HttpTransferAnswer& answer, bool wanted) {
  const auto matches = Matches(rule, answer);
  if (!matches) {
    if (rule.allow_missing) return {};
    return Failed(Phase::kCheck, Reason::kHeader, "header " + Quote(rule.header) + " is missing");
  }
  if (*matches == wanted) return {};
  return Failed(Phase::kCheck, Reason::kHeader,
                "header " + Quote(rule.header) + (wanted ? " does not match " : " matches ") +
                    Quote(rule.regexp.regex.pattern()));
}

Outcome CheckCel(const CelProgram& program, bool wanted, const std::string& body,
                 const Deadline& deadline) {
  if (!program.given()) return {};
  const auto result = program.Evaluate(body, [&deadline] { return deadline.IsOver(); });
  if (!result.ok()) {
    const Reason reason = result.code() == Code::kTimeout ? Reason::kTimeout : Reason::kJson;
    return Failed(Phase::kCheck, reason, result.message());
  }
  if (*result == wanted) return {};
  return Failed(Phase::kCheck, Reason::kJson,
                "CEL " + Quote(program.expression()) + " is " + (*result ? "true" : "false"));
}

}  // namespace

HttpBody::HttpBody(const HttpProbe& rules)
    : rules_(rules),
      keeps_(HasBodyRules(rules)),
      decoder_(rules.compression.empty() ? nullptr : NewBodyDecoder(rules.compression)) {}

bool HttpBody::Take(std::string_view piece) {
  if (!decoder_) return TakeDecoded(piece);
  const Status status =
      decoder_->Decode(piece, [this](std::string_view decoded) { return TakeDecoded(decoded); });
  if (status.ok()) return true;
  if (!failure_) failure_ = Failed(Phase::kCheck, Reason::kBody, status.message());
  return false;
}

bool HttpBody::TakeDecoded(std::string_view piece) {
  const uint64_t limit = rules_.body_size_limit.bytes;
  size_bytes_ += piece.size();
  if (limit > 0 && size_bytes_ > limit) {
    size_bytes_ = limit;
    failure_ =
        Failed(Phase::kReceive, Reason::kTooLarge,
               "the body exceeds body_size_limit, " + FormatByteSize(rules_.body_size_limit));
    return false;
  }
  if (!keeps_) return true;
  if (size_bytes_ > kMaxKeptBytes) {
    failure_ = Failed(Phase::kReceive, Reason::kTooLarge,
                      "the body exceeds the 64MB that rules for bodies look at");
    return false;
  }
  text_ += piece;
  return true;
}

void HttpBody::Finish() {
  if (!decoder_ || failure_) return;
  if (const Status status = decoder_->Finish(); !status.ok())
    failure_ = Failed(Phase::kCheck, Reason::kBody, status.message());
}

Outcome CheckStatus(const HttpProbe& rules, int http_status) {
  const auto& valid = rules.valid_status_codes;
  const bool good = valid.empty()
                        ? http_status >= 200 && http_status < 300
                        : std::find(valid.begin(), valid.end(), http_status) != valid.end();
  if (good) return {};
  return Failed(Phase::kCheck, Reason::kStatus,
                "status " + std::to_string(http_status) +
                    (valid.empty() ? ", want 2xx" : ", which is not in valid_status_codes"));
}

Outcome CheckHeaderRules(const HttpProbe& rules, const HttpTransferAnswer& answer) {
  for (const HeaderMatch& rule : rules.fail_if_header_matches) {
    if (Outcome failure = CheckOneHeader(rule, answer, false)) return failure;
  }
  for (const HeaderMatch& rule : rules.fail_if_header_not_matches) {
    if (Outcome failure = CheckOneHeader(rule, answer, true)) return failure;
  }
  return {};
}

Outcome CheckBodyText(const HttpProbe& rules, const std::string& body) {
  for (const SearchPattern& pattern : rules.fail_if_body_matches_regexp) {
    if (!pattern.regex.FindsIn(body)) continue;
    return Failed(Phase::kCheck, Reason::kBody,
                  "the body matches " + Quote(pattern.regex.pattern()));
  }
  for (const SearchPattern& pattern : rules.fail_if_body_not_matches_regexp) {
    if (pattern.regex.FindsIn(body)) continue;
    return Failed(Phase::kCheck, Reason::kBody,
                  "the body does not match " + Quote(pattern.regex.pattern()));
  }
  return {};
}

Outcome CheckBodyJson(const HttpProbe& rules, const std::string& body, const Deadline& deadline) {
  if (body.size() > kMaxJsonBytes)
    return Failed(Phase::kCheck, Reason::kTooLarge, "the body exceeds the 8MB that CEL looks at");
  if (Outcome failure = CheckCel(rules.fail_if_body_json_matches_cel, false, body, deadline))
    return failure;
  return CheckCel(rules.fail_if_body_json_not_matches_cel, true, body, deadline);
}

Outcome CheckVersion(const HttpProbe& rules, const std::string& version) {
  const auto& valid = rules.valid_http_versions;
  if (valid.empty() || std::find(valid.begin(), valid.end(), version) != valid.end()) return {};
  return Failed(Phase::kCheck, Reason::kVersion,
                "version " + version + " is not in valid_http_versions");
}

}  // namespace narthex::blackbox
