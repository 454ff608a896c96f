// The discoveries of Prometheus that this server does not do: their sections are checked as the
// reference checks them, so that a configuration can be moved over as it is and a mistake in it is
// found; a job that has one is told of once, and its pool shows it as failed.
#ifndef NARTHEX_SERVER_CONFIG_OTHER_DISCOVERIES_H_
#define NARTHEX_SERVER_CONFIG_OTHER_DISCOVERIES_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/bind.h"
#include "common/config/unbind.h"

namespace narthex::server {

class SectionReader;

// One kind of discovery; a row of the table in other_discoveries.cc.
struct DiscoveryKind {
  std::string_view field;  // "consul_sd_configs"
  void (*check)(SectionReader& section);
};
std::span<const DiscoveryKind> OtherDiscoveryKinds();

// The sections of one kind in one job, as they were written, but without secrets.
struct OtherDiscovery {
  const DiscoveryKind* kind = nullptr;
  config::Node sections;
};
Status Bind(const config::Node& node, OtherDiscovery& value);

struct OtherDiscoveries {
  std::vector<OtherDiscovery> found;  // those that the job has

  void Describe(config::FieldReader& fields) {
    for (const DiscoveryKind& kind : OtherDiscoveryKinds()) {
      OtherDiscovery one{&kind, {}};
      fields.Optional(kind.field, one);
      if (one.sections.kind != config::Node::Kind::kNull) found.push_back(std::move(one));
    }
  }
  void Describe(config::FieldWriter& fields) {
    for (const OtherDiscovery& one : found) fields.Optional(one.kind->field, one.sections);
  }
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_OTHER_DISCOVERIES_H_
