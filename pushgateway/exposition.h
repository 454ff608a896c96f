// The page of metrics: what has been pushed, the times of each group, and what the program tells
// of itself. The usual scraper gets text that was rendered when it was pushed; one that wants
// protobuf, or cannot read UTF-8 names where there are some, is answered through the model.
// OpenMetrics is not offered, as by the original: a pushed counter need not end in _total.
#ifndef NARTHEX_PUSHGATEWAY_EXPOSITION_H_
#define NARTHEX_PUSHGATEWAY_EXPOSITION_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/client/registry.h"
#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"
#include "pushgateway/store.h"

namespace narthex::pushgateway {

// What an answer to this Accept header is written in.
openmetrics::Exposition NegotiatePage(std::string_view accept);

// The page, sorted by family.
std::string WritePage(const Store& store, const Registry& own, openmetrics::Exposition exposition);

// The families that the program shows of itself.
Store::OwnTypes TypesOf(const Registry& own);

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_EXPOSITION_H_
