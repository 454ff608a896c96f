#include "exporters/container/cri_messages.h"

#include "common/openmetrics/protobuf_wire.h"

namespace narthex::exporters {
namespace {

using openmetrics::BytesTag;
using openmetrics::VarintTag;
using openmetrics::WireReader;

constexpr size_t kMaxLabels = 512;  // of one container
constexpr int64_t kNanoseconds = 1'000'000'000;

// Calls `take(reader)` for each field of a message.
template <typename Take>
Status ForEachField(std::string_view message, std::string_view what, const Take& take) {
  WireReader fields(message);
  while (fields.Next()) RETURN_IF_ERROR(take(fields));
  return fields.broken() ? Corruption(what, ": broken protobuf") : Status();
}

// An entry of a map: key = 1, value = 2.
Status AddEntry(std::string_view entry, std::map<std::string, std::string, std::less<>>& map) {
  std::string key;
  std::string value;
  RETURN_IF_ERROR(ForEachField(entry, "entry of a map", [&](const WireReader& field) {
    if (field.tag() == BytesTag(1)) key = field.bytes();
    if (field.tag() == BytesTag(2)) value = field.bytes();
    return Status();
  }));
  if (map.size() < kMaxLabels) map[std::move(key)] = std::move(value);
  return {};
}

// ContainerMetadata: name = 1, attempt = 2.
Status ReadContainerMetadata(std::string_view message, CriContainer& container) {
  return ForEachField(message, "metadata of a container", [&](const WireReader& field) {
    if (field.tag() == BytesTag(1)) container.facts.container = field.bytes();
    if (field.tag() == VarintTag(2)) container.facts.restarts = field.varint();
    return Status();
  });
}

// PodSandboxMetadata: name = 1, uid = 2, namespace = 3, attempt = 4.
Status ReadSandboxMetadata(std::string_view message, CriContainer& sandbox) {
  return ForEachField(message, "metadata of a pod", [&](const WireReader& field) {
    if (field.tag() == BytesTag(1)) sandbox.facts.pod = field.bytes();
    if (field.tag() == BytesTag(2)) sandbox.facts.pod_uid = field.bytes();
    if (field.tag() == BytesTag(3)) sandbox.facts.pod_namespace = field.bytes();
    if (field.tag() == VarintTag(4)) sandbox.facts.restarts = field.varint();
    return Status();
  });
}

// ImageSpec: image = 1, user_specified_image = 18, which says more where the kubelet gives an id.
Status ReadImage(std::string_view message, std::string& image) {
  return ForEachField(message, "image", [&](const WireReader& field) {
    if (field.tag() == BytesTag(1) && image.empty()) image = field.bytes();
    if (field.tag() == BytesTag(18) && !field.bytes().empty()) image = field.bytes();
    return Status();
  });
}

// Container: id = 1, pod_sandbox_id = 2, metadata = 3, image = 4, created_at = 7, labels = 8.
Result<CriContainer> ParseContainer(std::string_view message) {
  CriContainer container;
  ContainerFacts& facts = container.facts;
  RETURN_IF_ERROR(ForEachField(message, "container", [&](const WireReader& field) -> Status {
    switch (field.tag()) {
      case BytesTag(1):
        facts.id = field.bytes();
        break;
      case BytesTag(2):
        container.sandbox_id = field.bytes();
        break;
      case BytesTag(3):
        return ReadContainerMetadata(field.bytes(), container);
      case BytesTag(4):
        return ReadImage(field.bytes(), facts.image);
      case VarintTag(7):
        facts.created_s = static_cast<int64_t>(field.varint()) / kNanoseconds;
        break;
      case BytesTag(8):
        return AddEntry(field.bytes(), facts.labels);
      default:
        break;
    }
    return {};
  }));
  facts.name = facts.id;
  return container;
}

// PodSandbox: id = 1, metadata = 2, created_at = 4, labels = 5.
Result<CriContainer> ParseSandbox(std::string_view message) {
  CriContainer sandbox;
  ContainerFacts& facts = sandbox.facts;
  facts.is_sandbox = true;
  RETURN_IF_ERROR(ForEachField(message, "pod", [&](const WireReader& field) -> Status {
    switch (field.tag()) {
      case BytesTag(1):
        facts.id = field.bytes();
        break;
      case BytesTag(2):
        return ReadSandboxMetadata(field.bytes(), sandbox);
      case VarintTag(4):
        facts.created_s = static_cast<int64_t>(field.varint()) / kNanoseconds;
        break;
      case BytesTag(5):
        return AddEntry(field.bytes(), facts.labels);
      default:
        break;
    }
    return {};
  }));
  facts.name = facts.id;
  return sandbox;
}

// Image: id = 1, repo_tags = 2.
Status AddImage(std::string_view message, std::map<std::string, std::string>& names) {
  std::string id;
  std::string name;
  Status status = ForEachField(message, "image", [&](const WireReader& field) {
    if (field.tag() == BytesTag(1)) id = field.bytes();
    if (field.tag() == BytesTag(2) && name.empty()) name = field.bytes();
    return Status();
  });
  if (status.ok() && !id.empty() && !name.empty()) names[std::move(id)] = std::move(name);
  return status;
}

// A list that has its items in field 1.
Result<std::vector<CriContainer>> ParseItems(std::string_view message,
                                             Result<CriContainer> (*parse)(std::string_view)) {
  std::vector<CriContainer> items;
  RETURN_IF_ERROR(ForEachField(message, "list", [&](const WireReader& field) -> Status {
    if (field.tag() != BytesTag(1)) return {};
    ASSIGN_OR_RETURN(CriContainer item, parse(field.bytes()));
    if (!item.facts.id.empty()) items.push_back(std::move(item));
    return {};
  }));
  return items;
}

}  // namespace

std::string GrpcFrame(std::string_view message) {
  std::string frame(1, '\0');  // not compressed
  const auto size = static_cast<uint32_t>(message.size());
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(size >> shift & 0xff);
  return frame.append(message);
}

Result<std::string_view> ParseGrpcFrame(std::string_view body) {
  constexpr size_t kHeader = 5;
  if (body.size() < kHeader) return Corruption("grpc: the answer is cut");
  if (body[0] != 0) return Corruption("grpc: the answer is compressed, which was not asked for");
  uint32_t size = 0;
  for (size_t i = 1; i < kHeader; ++i) size = size << 8 | static_cast<uint8_t>(body[i]);
  if (size != body.size() - kHeader) return Corruption("grpc: the answer is not one message");
  return body.substr(kHeader);
}

Result<std::vector<CriContainer>> ParseContainerList(std::string_view message) {
  return ParseItems(message, ParseContainer);
}

Result<std::vector<CriContainer>> ParseSandboxList(std::string_view message) {
  return ParseItems(message, ParseSandbox);
}

std::vector<ContainerFacts> JoinPods(std::vector<CriContainer> sandboxes,
                                     std::vector<CriContainer> containers) {
  std::map<std::string_view, const ContainerFacts*> by_id;
  for (const CriContainer& sandbox : sandboxes) by_id[sandbox.facts.id] = &sandbox.facts;
  std::vector<ContainerFacts> found;
  for (CriContainer& container : containers) {
    const auto pod = by_id.find(container.sandbox_id);
    if (pod != by_id.end()) {
      container.facts.pod = pod->second->pod;
      container.facts.pod_namespace = pod->second->pod_namespace;
      container.facts.pod_uid = pod->second->pod_uid;
    }
    found.push_back(std::move(container.facts));
  }
  for (CriContainer& sandbox : sandboxes) found.push_back(std::move(sandbox.facts));
  return found;
}

std::string CriOName(const ContainerFacts& facts) {
  return "k8s_" + (facts.is_sandbox ? "POD" : facts.container) + "_" + facts.pod + "_" +
         facts.pod_namespace + "_" + facts.pod_uid + "_" + std::to_string(facts.restarts);
}

Result<std::map<std::string, std::string>> ParseImageList(std::string_view message) {
  std::map<std::string, std::string> names;
  RETURN_IF_ERROR(ForEachField(message, "list of images", [&](const WireReader& field) {
    return field.tag() == BytesTag(1) ? AddImage(field.bytes(), names) : Status();
  }));
  return names;
}

}  // namespace narthex::exporters
