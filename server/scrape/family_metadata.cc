#include "server/scrape/family_metadata.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

namespace narthex::server {
namespace {

// Lists that targets hold at present, so that a thousand targets of one kind hold one list.
class Pool {
 public:
  MetadataListPtr Share(MetadataList list) {
    const std::lock_guard lock(mutex_);
    std::erase_if(lists_, [](const auto& entry) { return entry.second.expired(); });
    const size_t hash = HashOf(list);
    const auto [begin, end] = lists_.equal_range(hash);
    for (auto at = begin; at != end; ++at) {
      MetadataListPtr same = at->second.lock();
      if (same && *same == list) return same;
    }
    list.shrink_to_fit();
    auto shared = std::make_shared<const MetadataList>(std::move(list));
    lists_.emplace(hash, shared);
    return shared;
  }

 private:
  static size_t HashOf(const MetadataList& list) {
    size_t hash = list.size();
    for (const FamilyMetadata& family : list)
      hash = hash * 31 + std::hash<std::string>()(family.name);
    return hash;
  }

  std::mutex mutex_;
  std::multimap<size_t, std::weak_ptr<const MetadataList>> lists_;
};

Pool& SharedPool() {
  static Pool pool;
  return pool;
}

// What stands behind a backslash, or nothing where that stands for itself.
std::optional<char> Meaning(char escaped, MetadataFollower::Escapes escapes) {
  if (escaped == 'n') return '\n';
  if (escaped == '\\') return '\\';
  if (escaped == '"' && escapes == MetadataFollower::Escapes::kOpenMetrics) return '"';
  return std::nullopt;
}

std::string Unescaped(std::string_view text, MetadataFollower::Escapes escapes) {
  if (escapes == MetadataFollower::Escapes::kNone) return std::string(text);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool pair = text[i] == '\\' && i + 1 < text.size();
    const auto meaning = pair ? Meaning(text[i + 1], escapes) : std::nullopt;
    out += meaning.value_or(text[i]);
    if (meaning) ++i;
  }
  return out;
}

bool SaysSame(const storage::Metadata& metadata, MetadataFollower::Field field,
              std::string_view text, MetadataFollower::Escapes escapes) {
  using Field = MetadataFollower::Field;
  if (field == Field::kType) return openmetrics::TypeName(metadata.type) == text;
  const std::string& known = field == Field::kHelp ? metadata.help : metadata.unit;
  if (text.find('\\') == std::string_view::npos) return known == text;
  return known == Unescaped(text, escapes);
}

openmetrics::Type TypeOf(std::string_view text) {
  using openmetrics::Type;
  for (const Type type : {Type::kCounter, Type::kGauge, Type::kHistogram, Type::kGaugeHistogram,
                          Type::kSummary, Type::kInfo, Type::kStateSet}) {
    if (openmetrics::TypeName(type) == text) return type;
  }
  return Type::kUnknown;
}

}  // namespace

const FamilyMetadata* MetadataFollower::Expected(std::string_view family) {
  if (at_ > 0 && (*last_)[at_ - 1].name == family) return &(*last_)[at_ - 1];
  if (at_ < last_->size() && (*last_)[at_].name == family) return &(*last_)[at_++];
  return nullptr;
}

void MetadataFollower::Note(std::string_view family, Field field, std::string_view text,
                            Escapes escapes) {
  if (!differs_) {
    const FamilyMetadata* expected = Expected(family);
    const std::string_view type = text == "untyped" ? "unknown" : text;
    if (expected != nullptr &&
        SaysSame(expected->metadata, field, field == Field::kType ? type : text, escapes))
      return;
    differs_ = true;
    list_.assign(last_->begin(), last_->begin() + static_cast<ptrdiff_t>(at_));
  }
  FamilyMetadata& changed = Changed(family);
  if (field == Field::kType) {
    changed.metadata.type = TypeOf(text);
  } else {
    std::string& to = field == Field::kHelp ? changed.metadata.help : changed.metadata.unit;
    to = Unescaped(text, escapes);
  }
}

FamilyMetadata& MetadataFollower::Changed(std::string_view family) {
  if (list_.empty() || list_.back().name != family) list_.push_back({std::string(family), {}});
  return list_.back();
}

MetadataListPtr MetadataFollower::Finish() {
  const bool changed = differs_ || at_ < last_->size();
  if (changed) {
    if (!differs_) list_.assign(last_->begin(), last_->begin() + static_cast<ptrdiff_t>(at_));
    last_ = SharedPool().Share(std::move(list_));
  }
  at_ = 0;
  differs_ = false;
  list_.clear();
  return changed ? last_ : nullptr;
}

void MetadataSize::Add(const MetadataListPtr& list) {
  const auto [known, is_new] = known_bytes_.emplace(list, 0);
  if (is_new) {
    for (const FamilyMetadata& family : *list)
      known->second +=
          family.name.size() + family.metadata.unit.size() + family.metadata.help.size();
  }
  entries_ += list->size();
  bytes_ += known->second;
}

}  // namespace narthex::server
