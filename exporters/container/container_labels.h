// Which labels a container's series have.
//
// Always the path of its control group, `id`. Where a runtime told of it, its `name` and `image`;
// of Kubernetes `namespace`, `pod` and `container`, as the kubelet shows them; of a unit of
// systemd, `unit`. Labels and environment of the container itself as far as flags name them. With
// --compat=cadvisor those of cAdvisor: `id`, `name`, `image`, and all labels unless
// --store_container_labels=false. No label is empty.
#ifndef NARTHEX_EXPORTERS_CONTAINER_CONTAINER_LABELS_H_
#define NARTHEX_EXPORTERS_CONTAINER_CONTAINER_LABELS_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/cli/flags.h"
#include "common/labels/label_set.h"
#include "exporters/container/cgroup_name.h"
#include "exporters/container/container_facts.h"

namespace narthex::exporters {

// Labels by name.
using LabelMap = std::map<std::string, std::string>;

class LabelPolicy {
 public:
  // More of a container's own labels, or longer ones, are left out and cut.
  static constexpr size_t kMaxOwnLabels = 128;
  static constexpr size_t kMaxValueBytes = 2048;

  void AddFlags(cli::Flags& flags);
  // After parsing. kInvalidArgument.
  Status Prepare(const cli::Flags& flags);

  // `facts` may be null.
  LabelMap Of(const std::string& path, const CgroupName& name, const ContainerFacts* facts) const;

  bool is_compatible() const { return is_compatible_; }
  // Whether a runtime has to be asked for the environment: the beginnings of the names wanted.
  const std::vector<std::string>& environment() const { return environment_; }

 private:
  void AddOwn(const ContainerFacts& facts, LabelMap& labels) const;

  std::string compat_;
  bool store_labels_ = true;
  std::string label_list_;
  std::string environment_list_;
  bool is_compatible_ = false;
  bool shows_all_labels_ = false;
  std::set<std::string, std::less<>> shown_labels_;
  std::vector<std::string> environment_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_CONTAINER_LABELS_H_
