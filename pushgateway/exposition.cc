#include "pushgateway/exposition.h"

#include <algorithm>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "common/openmetrics/formats.h"
#include "common/openmetrics/text_format.h"
#include "common/openmetrics/writer.h"
#include "pushgateway/escaped_families.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::Escaping;
using openmetrics::Exposition;
using openmetrics::Format;
using openmetrics::NameScheme;
using openmetrics::Type;

std::vector<MetricFamily> OwnFamilies(const Registry& own) {
  openmetrics::ExpositionWriter writer(Format::kText);
  own.Write(writer);
  std::string text;
  writer.Finish(text);
  auto families = openmetrics::ReadFamilies(text, Format::kText, NameScheme::kLegacy);
  assert(families.ok());  // it was written here
  return *std::move(families);
}

using TimeOf = int64_t GroupTimes::*;

// The lines of one of the two times that the store keeps of each group.
std::string TimeLines(std::string_view name, TimeOf time,
                      const std::vector<Store::GroupLine>& groups) {
  std::string lines;
  for (const Store::GroupLine& group : groups) {
    lines += name;
    lines += group.labels;
    lines += ' ';
    AppendExpositionDouble(lines, static_cast<double>(group.times.*time) / 1000.0);
    lines += '\n';
  }
  return lines;
}

// A family that is not pushed, rendered.
struct Block {
  std::string name;
  Type type = Type::kUnknown;
  std::string text;
};

std::string Header(std::string_view name, Type type, std::string_view help) {
  std::string header;
  openmetrics::AppendTextHeader(header, {std::string(name), type, std::string(help)});
  return header;
}

class TextPage {
 public:
  TextPage(const std::vector<MetricFamily>& own, std::string& out) : out_(out) {
    for (const MetricFamily& family : own) {
      Block block{family.name, family.type, Header(family.name, family.type, family.help)};
      openmetrics::AppendTextSamples(block.text, family);
      blocks_.push_back(std::move(block));
    }
  }

  void AddTimes(const std::vector<Store::GroupLine>& groups) {
    if (!groups.empty()) {
      AddTime(kPushTime, kPushTimeHelp, TimeLines(kPushTime, &GroupTimes::push_ms, groups));
      AddTime(kPushFailureTime, kPushFailureTimeHelp,
              TimeLines(kPushFailureTime, &GroupTimes::failure_ms, groups));
    }
    std::sort(blocks_.begin(), blocks_.end(),
              [](const Block& a, const Block& b) { return a.name < b.name; });
  }

  // In the order of the names.
  void AddFamily(const Store::FamilyLines& family) {
    while (next_ < blocks_.size() && blocks_[next_].name < family.name) AppendBlock();
    if (next_ < blocks_.size() && blocks_[next_].name == family.name) {
      const bool fits = blocks_[next_].type == family.type;
      AppendBlock();
      if (!fits) return;  // our own showed up later than the push
    } else {
      out_ += Header(family.name, family.type, family.help);
    }
    for (const Store::FamilyPart& part : family.parts) out_ += part.text;
  }

  void Finish() {
    while (next_ < blocks_.size()) AppendBlock();
  }

 private:
  void AddTime(std::string_view name, std::string_view help, const std::string& lines) {
    blocks_.push_back({std::string(name), Type::kGauge, Header(name, Type::kGauge, help) + lines});
  }
  void AppendBlock() { out_ += blocks_[next_++].text; }

  std::string& out_;
  std::vector<Block> blocks_;  // sorted by name
  size_t next_ = 0;
};

// Writes the page as text; false when a name in it is one that the reader cannot take.
bool WriteText(const Store& store, const std::vector<MetricFamily>& own, bool take_utf8,
               std::string& out) {
  TextPage page(own, out);
  bool whole = true;
  store.Visit([&](const std::vector<Store::GroupLine>& groups) { page.AddTimes(groups); },
              [&](const Store::FamilyLines& family) {
                whole = whole && (take_utf8 || !family.utf8_names);
                if (whole) page.AddFamily(family);
              });
  page.Finish();
  return whole;
}

MetricFamily Merged(const Store::FamilyLines& lines) {
  MetricFamily family{std::string(lines.name), lines.type, std::string(lines.help)};
  for (const Store::FamilyPart& part : lines.parts) {
    MetricFamily one = Restore(lines.name, lines.type, lines.help, part.text, part.exact);
    if (family.unit.empty()) family.unit = one.unit;
    std::move(one.metrics.begin(), one.metrics.end(), std::back_inserter(family.metrics));
  }
  return family;
}

MetricFamily TimeFamily(std::string_view name, std::string_view help, TimeOf time,
                        const std::vector<Store::GroupLine>& groups) {
  return Restore(name, Type::kGauge, help, TimeLines(name, time, groups), "");
}

// Everything as a model, sorted by name.
std::vector<MetricFamily> ReadAll(const Store& store, std::vector<MetricFamily> own) {
  std::map<std::string, MetricFamily> all;
  const auto add = [&](MetricFamily family) {
    const auto [at, added] = all.try_emplace(family.name);
    if (added) {
      at->second = std::move(family);
    } else if (at->second.type == family.type) {
      std::move(family.metrics.begin(), family.metrics.end(),
                std::back_inserter(at->second.metrics));
    }
  };
  for (MetricFamily& family : own) add(std::move(family));
  store.Visit(
      [&](const std::vector<Store::GroupLine>& groups) {
        if (groups.empty()) return;
        add(TimeFamily(kPushTime, kPushTimeHelp, &GroupTimes::push_ms, groups));
        add(TimeFamily(kPushFailureTime, kPushFailureTimeHelp, &GroupTimes::failure_ms, groups));
      },
      [&](const Store::FamilyLines& lines) { add(Merged(lines)); });
  std::vector<MetricFamily> families;
  families.reserve(all.size());
  for (auto& [name, family] : all) families.push_back(std::move(family));
  return families;
}

}  // namespace

Exposition NegotiatePage(std::string_view accept) {
  std::string offered;
  while (!accept.empty()) {
    const std::string_view range = accept.substr(0, accept.find(','));
    accept.remove_prefix(std::min(range.size() + 1, accept.size()));
    if (TrimBlanks(range).starts_with("application/openmetrics-text")) continue;
    if (!offered.empty()) offered += ',';
    offered += range;
  }
  return openmetrics::Negotiate(offered);
}

std::string WritePage(const Store& store, const Registry& own, Exposition exposition) {
  std::vector<MetricFamily> families = OwnFamilies(own);
  std::string page;
  const bool take_utf8 = exposition.escaping == Escaping::kAllowUtf8;
  if (exposition.format != Format::kProtobuf && WriteText(store, families, take_utf8, page))
    return page;
  page.clear();
  families = ReadAll(store, std::move(families));
  if (!take_utf8) DropAlikeWhenEscaped(families, exposition.escaping);
  openmetrics::WriteFamilies(families, exposition, page);
  return page;
}

Store::OwnTypes TypesOf(const Registry& own) {
  Store::OwnTypes types;
  for (const MetricFamily& family : OwnFamilies(own)) types.emplace(family.name, family.type);
  return types;
}

}  // namespace narthex::pushgateway
