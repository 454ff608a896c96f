// Which versions of a server something is for: ">=10.0.0 <14 || >=16". Conditions beside each other
// hold together, those around "||" instead of each other. Semantics follow blang/semver's ranges,
// but that parts left out of a version are 0.
#ifndef NARTHEX_EXPORTERS_KIT_SQL_VERSION_RANGE_H_
#define NARTHEX_EXPORTERS_KIT_SQL_VERSION_RANGE_H_

#include <string_view>
#include <vector>

#include "exporters/kit/sql/session.h"

namespace narthex::exporters {

class VersionRange {
 public:
  // kInvalidArgument; an empty text is all versions.
  static Result<VersionRange> Parse(std::string_view text);

  bool Contains(SqlSession::Version version) const;

 private:
  // At least `from` and below `to`; or not, where it is `outside`.
  struct Condition {
    SqlSession::Version from;
    SqlSession::Version to;
    bool outside = false;
  };
  using All = std::vector<Condition>;

  static Result<Condition> ParseCondition(std::string_view text);

  std::vector<All> any_of_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SQL_VERSION_RANGE_H_
