// How well a name matches what somebody typed: the scores that the reference's search endpoints
// give, so that both list the same names in the same order.
#ifndef NARTHEX_SERVER_API_SEARCH_SCORE_H_
#define NARTHEX_SERVER_API_SEARCH_SCORE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace narthex::server {

// The letters of `term` in their order somewhere in `text`: 1 for equal texts, 0 for no match, else
// between them. Runs of neighbours raise it by the square of their length; gaps before, between
// and, by half, behind lower it. Of all places where a match can begin, the best counts. Both are
// valid UTF-8.
double SubsequenceScore(std::string_view term, std::string_view text);

// Likeness by Jaro with Winkler's bonus for a common beginning of up to four characters, 0 to 1.
double JaroWinklerScore(std::string_view term, std::string_view text);

// The place of `term` in `text`: 1 at the beginning, down to 0.1 at the end; nothing where it is
// not in it.
std::optional<double> SubstringScore(std::string_view term, std::string_view text);

enum class SearchAlgorithm { kSubsequence, kJaroWinkler };

// Several terms, any of which may match.
class SearchFilter {
 public:
  // `threshold` from 0 to 1: what less than it is no match.
  SearchFilter(const std::vector<std::string_view>& terms, double threshold,
               SearchAlgorithm algorithm, bool case_sensitive);

  // The best score of all terms; nothing where none matches. 1 where there is no term.
  std::optional<double> Score(std::string_view text) const;

 private:
  std::optional<double> ScoreOf(const std::string& term, std::string_view text) const;

  std::vector<std::string> terms_;  // small letters where case does not matter
  double threshold_;
  SearchAlgorithm algorithm_;
  bool case_sensitive_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_SEARCH_SCORE_H_
