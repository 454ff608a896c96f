#include "exporters/container/machine_topology.h"

#include <set>
#include <utility>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"

namespace narthex::exporters {
namespace {

constexpr const char* kCpus = "devices/system/cpu";
constexpr const char* kNodes = "devices/system/node";

uint64_t ReadWhole(const Directory& sys, const std::string& path) {
  const auto number = FindNumber(sys, path);
  return number && *number >= 0 ? static_cast<uint64_t>(*number) : 0;
}

// The number of a book or a drawer; the kernel writes -1 where there is none.
std::optional<uint64_t> FindId(const Directory& sys, const std::string& path) {
  const auto number = FindNumber(sys, path);
  return number && *number >= 0 ? std::optional(static_cast<uint64_t>(*number)) : std::nullopt;
}

std::vector<uint64_t> ReadList(const Directory& sys, const std::string& path) {
  const auto text = sys.Read(path);
  if (!text.ok()) return {};
  auto numbers = ParseNumberList(*text);
  return numbers.ok() ? std::move(*numbers) : std::vector<uint64_t>();
}

std::vector<CpuCache> ReadCaches(const Directory& sys, const std::string& cpu) {
  std::vector<CpuCache> caches;
  const auto folders = ListNumbered(sys, cpu + "/cache", "index");
  if (!folders.ok()) return caches;
  for (const std::string& folder : *folders) {
    const std::string path = cpu + "/cache/" + folder;
    CpuCache cache;
    cache.type = FindValue(sys, path + "/type").value_or("");
    cache.level = ReadWhole(sys, path + "/level");
    cache.size_bytes = ParseCacheSize(FindValue(sys, path + "/size").value_or(""));
    cache.cpus = ReadList(sys, path + "/shared_cpu_list");
    if (cache.size_bytes > 0) caches.push_back(std::move(cache));
  }
  return caches;
}

// "Node 0 MemTotal:       24576000 kB"
uint64_t ReadNodeMemory(const Directory& sys, const std::string& node) {
  const auto text = sys.Read(node + "/meminfo");
  if (!text.ok()) return 0;
  LineReader lines(*text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    fields.Next();
    fields.Next();
    if (fields.Next() == "MemTotal:") return fields.NextUnsigned().value_or(0) * 1024;
  }
  return 0;
}

NumaNode ReadNode(const Directory& sys, const std::string& path, uint64_t number) {
  NumaNode node;
  node.number = number;
  node.memory_bytes = ReadNodeMemory(sys, path);
  const auto sizes = ListNumbered(sys, path + "/hugepages", "hugepages-");
  for (const std::string& size : sizes.ok() ? *sizes : std::vector<std::string>()) {
    constexpr size_t kFront = 10;  // "hugepages-", and "kB" behind
    node.huge_pages.push_back({size.substr(kFront, size.find("kB") - kFront),
                               ReadWhole(sys, path + "/hugepages/" + size + "/nr_hugepages")});
  }
  const auto distances = FindValue(sys, path + "/distance");
  FieldReader fields(distances ? std::string_view(*distances) : std::string_view());
  while (const auto distance = fields.NextUnsigned()) node.distances.push_back(*distance);
  return node;
}

}  // namespace

size_t MachineTopology::CoreCount() const {
  std::set<std::pair<uint64_t, uint64_t>> cores;
  for (const CpuThread& cpu : cpus) cores.emplace(cpu.socket, cpu.core);
  return cores.size();
}

size_t MachineTopology::SocketCount() const {
  std::set<uint64_t> sockets;
  for (const CpuThread& cpu : cpus) sockets.insert(cpu.socket);
  return sockets.size();
}

size_t MachineTopology::BookCount() const {
  std::set<std::pair<uint64_t, uint64_t>> books;
  for (const CpuThread& cpu : cpus) {
    if (cpu.book) books.emplace(cpu.drawer.value_or(0), *cpu.book);
  }
  return books.size();
}

size_t MachineTopology::DrawerCount() const {
  std::set<uint64_t> drawers;
  for (const CpuThread& cpu : cpus) {
    if (cpu.drawer) drawers.insert(*cpu.drawer);
  }
  return drawers.size();
}

MachineTopology ReadTopology(const Directory& sys, bool details) {
  MachineTopology topology;
  for (const uint64_t number : ReadList(sys, std::string(kCpus) + "/online")) {
    const std::string path = std::string(kCpus) + "/cpu" + std::to_string(number);
    CpuThread cpu;
    cpu.number = number;
    cpu.core = ReadWhole(sys, path + "/topology/core_id");
    cpu.socket = ReadWhole(sys, path + "/topology/physical_package_id");
    cpu.book = FindId(sys, path + "/topology/book_id");
    cpu.drawer = FindId(sys, path + "/topology/drawer_id");
    if (details) cpu.caches = ReadCaches(sys, path);
    topology.cpus.push_back(std::move(cpu));
  }
  for (const uint64_t number : ReadList(sys, std::string(kNodes) + "/online")) {
    const std::string path = std::string(kNodes) + "/node" + std::to_string(number);
    const std::vector<uint64_t> members = ReadList(sys, path + "/cpulist");
    const std::set<uint64_t> cpus(members.begin(), members.end());
    for (CpuThread& cpu : topology.cpus) {
      if (cpus.contains(cpu.number)) cpu.node = number;
    }
    if (details) topology.nodes.push_back(ReadNode(sys, path, number));
  }
  return topology;
}

uint64_t ParseCacheSize(std::string_view text) {
  if (text.empty()) return 0;
  uint64_t unit = 1;
  if (text.back() == 'K') unit = 1UL << 10;
  if (text.back() == 'M') unit = 1UL << 20;
  if (unit > 1) text.remove_suffix(1);
  const auto number = ParseUnsigned(text);
  return number && *number < (1UL << 40) ? *number * unit : 0;
}

}  // namespace narthex::exporters
