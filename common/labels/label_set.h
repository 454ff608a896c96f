// LabelSet: the sorted name/value pairs that identify a series. Immutable and compact: one buffer,
// cheap to hash and to compare. An empty value means that the label is absent.
//
//   const LabelSet labels = LabelSet::Of({{"job", "node"}, {"__name__", "up"}});
//   labels.Get("job");     // "node"
//   labels.Get("nope");    // ""
//   for (const Label label : labels) Use(label.name, label.value);
//
// Safe to read from many threads. What Get and iteration return lives as long as the set.
#ifndef NARTHEX_COMMON_LABELS_LABEL_SET_H_
#define NARTHEX_COMMON_LABELS_LABEL_SET_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace narthex {

inline constexpr std::string_view kMetricName = "__name__";

struct Label {
  std::string_view name;
  std::string_view value;

  friend bool operator==(const Label& a, const Label& b) {
    return a.name == b.name && a.value == b.value;
  }
};

class LabelSet {
 public:
  LabelSet() = default;

  // Sorts by name and drops empty values. Names must differ.
  static LabelSet Of(std::initializer_list<Label> labels);
  // As Of; reorders `labels`.
  static LabelSet From(std::vector<Label>& labels);

  bool empty() const { return bytes_.empty(); }
  size_t size() const;  // in labels; walks the set

  // The label's value, empty when it is absent.
  std::string_view Get(std::string_view name) const;

  uint64_t Hash() const { return std::hash<std::string_view>()(bytes_); }

  // name{a="1",b="2"}, as queries spell it.
  std::string ToString() const;

  // Equal sets have equal bytes. The layout is private to this class and never leaves the process.
  std::string_view bytes() const { return bytes_; }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Label;
    using difference_type = std::ptrdiff_t;
    using pointer = const Label*;
    using reference = Label;

    explicit Iterator(const char* at) : at_(at) {}
    Label operator*() const;
    Iterator& operator++();
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }
    friend bool operator!=(const Iterator& a, const Iterator& b) { return a.at_ != b.at_; }

   private:
    const char* at_;
  };
  Iterator begin() const { return Iterator(bytes_.data()); }
  Iterator end() const { return Iterator(bytes_.data() + bytes_.size()); }

  friend bool operator==(const LabelSet& a, const LabelSet& b) { return a.bytes_ == b.bytes_; }
  friend bool operator!=(const LabelSet& a, const LabelSet& b) { return !(a == b); }
  // By the first differing name, then value; a prefix comes first.
  friend bool operator<(const LabelSet& a, const LabelSet& b);

  template <typename H>
  friend H AbslHashValue(H state, const LabelSet& labels) {
    return H::combine(std::move(state), labels.bytes_);
  }

 private:
  // Per label: name size, name, value size, value; sizes as base-128 varints.
  std::string bytes_;
};

// Changes a copy of a set: `LabelSetBuilder(base).Set("a", "1").Remove("b").Build()`.
class LabelSetBuilder {
 public:
  LabelSetBuilder() = default;
  explicit LabelSetBuilder(const LabelSet& base);

  LabelSetBuilder& Set(std::string_view name, std::string_view value);  // empty value removes
  LabelSetBuilder& Remove(std::string_view name);
  std::string_view Get(std::string_view name) const;
  LabelSet Build() const;

 private:
  struct Entry {
    std::string name;
    std::string value;
  };
  std::vector<Entry> entries_;
};

// Whether a name needs no quotes in a query or exposition: [a-zA-Z_:][a-zA-Z0-9_:]*, without the
// colon for labels.
bool IsLegacyMetricName(std::string_view name);
bool IsLegacyLabelName(std::string_view name);
bool IsValidUtf8(std::string_view text);

// Appends `text` between double quotes with \\, \" and \n escaped.
void AppendQuoted(std::string& out, std::string_view text);

}  // namespace narthex

#endif  // NARTHEX_COMMON_LABELS_LABEL_SET_H_
