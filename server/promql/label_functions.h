// label_replace and label_join.
#ifndef NARTHEX_SERVER_PROMQL_LABEL_FUNCTIONS_H_
#define NARTHEX_SERVER_PROMQL_LABEL_FUNCTIONS_H_

#include <string>
#include <vector>

#include "server/promql/query_context.h"

namespace narthex::promql {

// `arguments` are the texts behind the first argument. kInvalidArgument for a broken expression or
// names that no label can have.
Result<OperatorPtr> NewLabelReplace(OperatorPtr input, const std::vector<std::string>& arguments);
Result<OperatorPtr> NewLabelJoin(OperatorPtr input, const std::vector<std::string>& arguments);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_LABEL_FUNCTIONS_H_
