// The rules of a module for the records of one section.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_RECORD_RULES_H_
#define NARTHEX_EXPORTERS_BLACKBOX_RECORD_RULES_H_

#include <string_view>
#include <vector>

#include "exporters/blackbox/dns_message.h"
#include "exporters/blackbox/failure.h"
#include "exporters/blackbox/module_config.h"

namespace narthex::blackbox {

// As the original judges. One thing to know of it: with fail_if_all_match_regexp the section fails
// unless every record matches every expression.
Outcome CheckRecords(const std::vector<DnsResourceRecord>& records, const RecordRules& rules,
                     std::string_view section);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_RECORD_RULES_H_
