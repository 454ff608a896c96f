#include "server/api/search_score.h"

#include <algorithm>

#include "common/labels/label_set.h"

namespace narthex::server {
namespace {

// What does not match exactly stays below what does.
constexpr double kInexact = 0.999;

// Characters of valid UTF-8; of other text, its bytes.
std::u32string Characters(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  const bool valid = IsValidUtf8(text);
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t size = !valid || lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t character = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (size_t k = 1; k < size; ++k)
      character = character << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
    out.push_back(character);
    i += size;
  }
  return out;
}

// Of valid UTF-8, without decoding it.
double CountCharacters(std::string_view text) {
  constexpr unsigned char kContinuationBits = 0xc0;
  constexpr unsigned char kContinuation = 0x80;
  return static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & kContinuationBits) != kContinuation;
  }));
}

// The raw score of the match that begins at `begin`, where the first character is, and takes each
// further one as early as it can. Nothing where the text ends before the term does.
std::optional<double> ScoreFrom(const std::u32string& term, const std::u32string& text,
                                size_t begin) {
  const double per_gap = 1.0 / static_cast<double>(text.size());
  double score = 0;
  size_t matched = 0;
  size_t next = 0;  // behind the last match
  for (size_t at = begin; matched < term.size();) {
    at = text.find(term[matched], at);
    if (at == std::u32string::npos) return std::nullopt;
    score -= static_cast<double>(at - next) * per_gap;
    size_t run = 0;
    while (matched < term.size() && at < text.size() && text[at] == term[matched]) {
      ++at;
      ++matched;
      ++run;
    }
    score += static_cast<double>(run * run);
    next = at;
  }
  return score - static_cast<double>(text.size() - next) * per_gap * 0.5;
}

// Small letters of ASCII; the reference folds all of Unicode, which names hardly use.
std::string Folded(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

struct JaroMatches {
  double matches = 0;
  double transposed = 0;  // matches that are not in the same order
};

JaroMatches CountMatches(const std::u32string& shorter, const std::u32string& longer) {
  const size_t reach = longer.size() / 2 > 0 ? longer.size() / 2 - 1 : 0;
  std::vector<bool> taken(longer.size());
  std::u32string of_shorter;
  for (size_t i = 0; i < shorter.size(); ++i) {
    const size_t end = std::min(i + reach + 1, longer.size());
    for (size_t k = i > reach ? i - reach : 0; k < end; ++k) {
      if (taken[k] || longer[k] != shorter[i]) continue;
      taken[k] = true;
      of_shorter.push_back(shorter[i]);
      break;
    }
  }
  JaroMatches count{.matches = static_cast<double>(of_shorter.size())};
  size_t matched = 0;
  for (size_t k = 0; k < longer.size(); ++k) {
    if (taken[k] && longer[k] != of_shorter[matched++]) count.transposed += 1;
  }
  return count;
}

}  // namespace

double SubsequenceScore(std::string_view term, std::string_view text) {
  if (term == text || term.empty()) return 1;
  if (term.size() > text.size()) return 0;
  const std::u32string wanted = Characters(term);
  const std::u32string given = Characters(text);
  if (wanted.size() > given.size()) return 0;
  double best = -1;
  for (size_t begin = given.find(wanted[0]); begin <= given.size() - wanted.size();
       begin = given.find(wanted[0], begin + 1)) {
    const auto score = ScoreFrom(wanted, given, begin);
    if (!score) break;  // from further on even less is left to match
    best = std::max(best, *score);
  }
  if (best < 0) return 0;
  return best / static_cast<double>(wanted.size() * wanted.size()) * kInexact;
}

double JaroWinklerScore(std::string_view term, std::string_view text) {
  if (term == text) return 1;
  if (term.empty() || text.empty()) return 0;
  std::u32string shorter = Characters(term);
  std::u32string longer = Characters(text);
  if (shorter.size() > longer.size()) std::swap(shorter, longer);
  const auto [matches, transposed] = CountMatches(shorter, longer);
  if (matches == 0) return 0;
  const double of_shorter = matches * (1.0 / static_cast<double>(shorter.size()));
  const double of_longer = matches * (1.0 / static_cast<double>(longer.size()));
  const double jaro = (of_shorter + of_longer + (matches - transposed * 0.5) / matches) / 3;
  constexpr size_t kMaxPrefix = 4;
  constexpr double kPrefixWeight = 0.1;
  size_t prefix = 0;
  while (prefix < std::min(kMaxPrefix, shorter.size()) && shorter[prefix] == longer[prefix])
    ++prefix;
  return jaro + static_cast<double>(prefix) * kPrefixWeight * (1 - jaro);
}

std::optional<double> SubstringScore(std::string_view term, std::string_view text) {
  const size_t at = text.find(term);
  if (at == std::string_view::npos) return std::nullopt;
  const double before = CountCharacters(text.substr(0, at));
  const double room = CountCharacters(text) - CountCharacters(term);
  return before > 0 ? 1 - 0.9 * before / room : 1;
}

SearchFilter::SearchFilter(const std::vector<std::string_view>& terms, double threshold,
                           SearchAlgorithm algorithm, bool case_sensitive)
    : threshold_(threshold), algorithm_(algorithm), case_sensitive_(case_sensitive) {
  for (const std::string_view term : terms) {
    if (!term.empty()) terms_.push_back(case_sensitive ? std::string(term) : Folded(term));
  }
}

std::optional<double> SearchFilter::Score(std::string_view text) const {
  if (terms_.empty()) return 1;
  const std::string folded = case_sensitive_ ? std::string() : Folded(text);
  if (!case_sensitive_) text = folded;
  std::optional<double> best;
  for (const std::string& term : terms_) best = std::max(best, ScoreOf(term, text));
  return best;
}

std::optional<double> SearchFilter::ScoreOf(const std::string& term, std::string_view text) const {
  if (algorithm_ == SearchAlgorithm::kSubsequence) {
    if (text.starts_with(term)) return 1;
    const double score = SubsequenceScore(term, text);
    return score > 0 && score >= threshold_ ? std::optional(score) : std::nullopt;
  }
  if (const auto score = SubstringScore(term, text)) return score;
  if (threshold_ == 0) return std::nullopt;
  const double score = JaroWinklerScore(term, text);
  return score >= threshold_ ? std::optional(score) : std::nullopt;
}

}  // namespace narthex::server
