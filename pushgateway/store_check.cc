// Whether a push can stand beside what is stored. Nothing here changes the store. What is compared
// is the state after the push: what it replaces is left out.
#include <algorithm>

#include "common/openmetrics/text_format.h"
#include "pushgateway/store.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::Type;

bool IsHistogram(Type type) { return type == Type::kHistogram || type == Type::kGaugeHistogram; }

// What a name that is a sample's of another family would end in.
constexpr std::string_view kSampleSuffixes[] = {"_count", "_sum", "_bucket"};

// Whether a family of this type has samples with the suffix.
bool HasSamples(Type type, std::string_view suffix) {
  return IsHistogram(type) || (type == Type::kSummary && suffix != "_bucket");
}

std::string_view Shown(Type type) { return openmetrics::TextTypeName(type); }

}  // namespace

const PreparedFamily* Store::Change::Find(std::string_view name) const {
  const auto at = std::lower_bound(
      families.begin(), families.end(), name,
      [](const PreparedFamily& family, std::string_view wanted) { return family.name < wanted; });
  return at != families.end() && at->name == name ? &*at : nullptr;
}

Status Store::Check(const Change& change) const {
  if (change.group == nullptr) RETURN_IF_ERROR(CheckGroup(change.key));
  for (const PreparedFamily& family : change.families) {
    RETURN_IF_ERROR(CheckType(change, family));
    RETURN_IF_ERROR(CheckName(change, family));
    RETURN_IF_ERROR(CheckSeries(change, family));
  }
  return {};
}

// The group's own metrics, such as push_time_seconds, must differ from those of all others.
Status Store::CheckGroup(const GroupKey& key) const {
  const auto owner = owners_.find(IdOf(kPushTime, FinalLabels({}, key)));
  if (owner == owners_.end()) return {};
  return InvalidArgument("group ", key.ToString(), " cannot be told from group ",
                         owner->second->key.ToString(), ": both have the labels ",
                         owner->second->labels);
}

Status Store::CheckType(const Change& change, const PreparedFamily& family) const {
  if (const auto own = own_.find(family.name); own != own_.end() && own->second != family.type) {
    return InvalidArgument("family ", Quote(family.name), " is pushed as ", Shown(family.type),
                           ", but the pushgateway shows it of itself as ", Shown(own->second));
  }
  const auto shared = families_.find(family.name);
  if (shared == families_.end() || shared->second.type == family.type) return {};
  const StoredFamily* other = OtherMember(change, shared->second);
  if (other == nullptr) return {};
  return InvalidArgument("family ", Quote(family.name), " is pushed as ", Shown(family.type),
                         " to group ", change.key.ToString(), ", but group ",
                         other->group->key.ToString(), " has it as ", Shown(shared->second.type));
}

Status Store::CheckName(const Change& change, const PreparedFamily& family) const {
  for (const std::string_view suffix : kSampleSuffixes) {
    if (family.name.ends_with(suffix)) {
      const auto base = std::string_view(family.name).substr(0, family.name.size() - suffix.size());
      const auto type = TypeAfter(change, base);
      if (type && HasSamples(*type, suffix)) {
        return InvalidArgument("family ", Quote(family.name), " in group ", change.key.ToString(),
                               " has the name of a sample of ", Shown(*type), " ", Quote(base),
                               Where(change, base));
      }
    }
    if (!HasSamples(family.type, suffix)) continue;
    const std::string sample = family.name + std::string(suffix);
    if (TypeAfter(change, sample)) {
      return InvalidArgument(Shown(family.type), " ", Quote(family.name), " in group ",
                             change.key.ToString(), " has samples of the name of family ",
                             Quote(sample), Where(change, sample));
    }
  }
  return {};
}

Status Store::CheckSeries(const Change& change, const PreparedFamily& family) const {
  if (change.group != nullptr) {
    const StoredFamily* present = change.group->Find(family.name);
    if (present != nullptr && present->series == family.series) return {};  // the usual push
  }
  for (size_t i = 0; i < family.series.size(); ++i) {
    const auto owner = owners_.find(family.series[i]);
    if (owner == owners_.end() || owner->second == change.group) continue;
    const MetricFamily restored =
        Restore(family.name, family.type, family.help, family.text, family.exact);
    return InvalidArgument(family.name, GroupKey::ShowLabels(restored.metrics[i].labels),
                           " pushed to group ", change.key.ToString(), " is already in group ",
                           owner->second->key.ToString());
  }
  return {};
}

// A group with the family that the change does not replace.
const Store::StoredFamily* Store::OtherMember(const Change& change,
                                              const SharedFamily& shared) const {
  for (const StoredFamily* member : shared.members) {
    if (member->group != change.group) return member;
    if (!change.replace && change.Find(shared.name) == nullptr) return member;
  }
  return nullptr;
}

std::optional<Type> Store::TypeAfter(const Change& change, std::string_view name) const {
  if (const PreparedFamily* pushed = change.Find(name)) return pushed->type;
  const auto shared = families_.find(name);
  if (shared != families_.end() && OtherMember(change, shared->second) != nullptr)
    return shared->second.type;
  const auto own = own_.find(name);
  return own == own_.end() ? std::nullopt : std::optional(own->second);
}

std::string Store::Where(const Change& change, std::string_view name) const {
  if (change.Find(name) != nullptr) return " in the same push";
  const auto shared = families_.find(name);
  const StoredFamily* other =
      shared == families_.end() ? nullptr : OtherMember(change, shared->second);
  if (other == nullptr) return " of the pushgateway itself";
  return " in group " + other->group->key.ToString();
}

}  // namespace narthex::pushgateway
