#include "server/promql/label_functions.h"

#include "common/regex/regex.h"
#include "server/promql/map_operators.h"
#include "server/promql/selector_parser.h"

namespace narthex::promql {
namespace {

void SetLabel(SeriesHead& head, const std::string& name, const std::string& value) {
  head.labels = LabelSetBuilder(head.labels).Set(name, value).Build();
  if (name == kMetricName) head.drop_name = false;  // a name that was given on purpose stays
}

}  // namespace

Result<OperatorPtr> NewLabelReplace(OperatorPtr input, const std::vector<std::string>& arguments) {
  const std::string& target = arguments[0];
  const std::string& replacement = arguments[1];
  const std::string& source = arguments[2];
  const auto regex = Regex::Compile(arguments[3]);
  if (!regex.ok())
    return InvalidArgument("invalid regular expression in label_replace(): ", arguments[3]);
  if (!IsValidLabelName(target))
    return InvalidArgument("invalid destination label name in label_replace(): ", target);
  return NewLabelChange(std::move(input), [=, regex = *regex](SeriesHead& head) -> Status {
    const auto value = regex.Expand(head.labels.Get(source), replacement);
    if (value) SetLabel(head, target, *value);
    return {};
  });
}

Result<OperatorPtr> NewLabelJoin(OperatorPtr input, const std::vector<std::string>& arguments) {
  const std::string& target = arguments[0];
  const std::string& separator = arguments[1];
  const std::vector<std::string> sources(arguments.begin() + 2, arguments.end());
  for (const std::string& source : sources) {
    if (!IsValidLabelName(source))
      return InvalidArgument("invalid source label name in label_join(): ", source);
  }
  if (!IsValidLabelName(target))
    return InvalidArgument("invalid destination label name in label_join(): ", target);
  return NewLabelChange(std::move(input), [=](SeriesHead& head) -> Status {
    std::string value;
    for (const std::string& source : sources) {
      if (&source != &sources.front()) value += separator;
      value += head.labels.Get(source);
    }
    SetLabel(head, target, value);
    return {};
  });
}

}  // namespace narthex::promql
