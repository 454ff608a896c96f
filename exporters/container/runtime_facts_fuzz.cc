// What runtimes say of containers, over sockets and on disk, is foreign. The first byte chooses.
#include <cstdint>
#include <string>
#include <string_view>

#include "exporters/container/container_labels.h"
#include "exporters/container/cri_messages.h"
#include "exporters/container/runtime_json.h"

namespace narthex::exporters {
namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

LabelPolicy ShowingAll() {
  LabelPolicy policy;
  cli::Flags flags("fuzz", "fuzz");
  policy.AddFlags(flags);
  std::string output;
  Require(flags.Parse({"--store_container_labels"}, output).ok() && policy.Prepare(flags).ok());
  return policy;
}

// Whatever a container is called, its labels are few, have names that fit, and none is empty.
void CheckLabels(const ContainerFacts& facts) {
  static const LabelPolicy kPolicy = ShowingAll();
  const LabelMap labels = kPolicy.Of("/c", {}, &facts);
  Require(labels.size() <= LabelPolicy::kMaxOwnLabels + 7);
  for (const auto& [name, value] : labels) {
    Require(!value.empty() && value.size() <= LabelPolicy::kMaxValueBytes);
    for (const char c : name)
      Require(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
              (c >= 'A' && c <= 'Z'));
  }
}

void CheckJson(std::string_view json) {
  const auto listed = ParseDockerList(json);
  if (listed.ok()) {
    for (const ContainerFacts& facts : *listed) {
      Require(!facts.id.empty());
      CheckLabels(facts);
    }
  }
  const auto stored = ParseStorageList(json);
  if (stored.ok()) {
    for (const ContainerFacts& facts : *stored) Require(!facts.id.empty());
  }
  const auto one = ParseDockerContainer(json, {""});
  if (one.ok()) CheckLabels(*one);
  const auto bundle = ParseBundle(json, {"A"});
  if (bundle.ok()) {
    CheckLabels(*bundle);
    for (const auto& [name, value] : bundle->environment) Require(name.substr(0, 1) == "a");
  }
}

// A field more that nobody knows changes nothing of what was whole.
void CheckCri(std::string_view message) {
  const std::string longer = std::string(message) + "\xfa\x3f\x01x";  // field 1023
  for (const auto& parse : {ParseContainerList, ParseSandboxList}) {
    const auto list = parse(message);
    const auto again = parse(longer);
    if (!list.ok()) continue;
    Require(again.ok() && list->size() == again->size());
    for (const CriContainer& container : *list) CheckLabels(container.facts);
  }
  (void)ParseImageList(message);
  const std::string frame = GrpcFrame(message);
  const auto framed = ParseGrpcFrame(frame);
  Require(framed.ok() && *framed == message);
  (void)ParseGrpcFrame(message);
}

}  // namespace
}  // namespace narthex::exporters

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex::exporters;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'j') CheckJson(input);
  if (data[0] == 'p') CheckCri(input);
  return 0;
}
