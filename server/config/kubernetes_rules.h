// What a section of kubernetes_sd_configs has to be.
#ifndef NARTHEX_SERVER_CONFIG_KUBERNETES_RULES_H_
#define NARTHEX_SERVER_CONFIG_KUBERNETES_RULES_H_

#include "server/config/section_reader.h"

namespace narthex::server {

void CheckKubernetes(SectionReader& section);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_KUBERNETES_RULES_H_
