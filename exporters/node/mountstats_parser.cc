#include <algorithm>

#include "exporters/kit/text_fields.h"
#include "exporters/node/mountstats.h"

namespace narthex::exporters {
namespace {

// Fills an array with the fields of a line; kernels may add some at its end, but for that all are
// needed.
template <size_t kSize>
Status TakeNumbers(FieldReader& fields, std::string_view line, std::array<uint64_t, kSize>& out) {
  for (uint64_t& number : out) {
    const auto field = fields.NextUnsigned();
    if (!field)
      return Corruption("mountstats: want ", std::to_string(kSize), " numbers, got ", Quote(line));
    number = *field;
  }
  return {};
}

// "xprt: tcp 832 0 1 0 11 6428 6428 0 12154 0 24 26 5726". UDP lacks the three of a connection,
// and statistics of version 1.0 the last three.
Status TakeTransport(FieldReader& fields, std::string_view line, NfsMount& mount) {
  constexpr size_t kFirstOfConnection = 2;
  constexpr size_t kOfConnection = 3;
  constexpr size_t kVersion10 = 10;
  NfsTransport transport;
  transport.protocol = fields.Next().value_or("");
  size_t at = 0;
  while (at < transport.numbers.size()) {
    const auto field = fields.Next();
    if (!field) break;
    const auto number = ParseUnsigned(*field);
    if (!number) return Corruption("mountstats: want numbers, got ", Quote(line));
    if (at == kFirstOfConnection && transport.protocol == "udp") at += kOfConnection;
    transport.numbers[at++] = *number;
  }
  if (transport.protocol.empty() || at < kVersion10)
    return Corruption("mountstats: want a protocol and ten numbers, got ", Quote(line));
  // Of RDMA, numbers of its own stand where TCP has the queues.
  if (transport.protocol == "rdma")
    std::fill(transport.numbers.begin() + kVersion10, transport.numbers.end(), 0);
  mount.transports.push_back(std::move(transport));
  return {};
}

// "device HOST:/PATH mounted on /MOUNT with fstype nfs4 statvers=1.1"; nothing of another kind.
bool TakeDevice(std::string_view line, NfsMount& mount) {
  constexpr std::string_view kMounted = " mounted on ";
  constexpr std::string_view kWith = " with fstype ";
  constexpr std::string_view kDevice = "device ";
  const size_t mounted = line.find(kMounted);
  const size_t with = line.rfind(kWith);
  if (mounted == std::string_view::npos || with == std::string_view::npos || with < mounted ||
      mounted < kDevice.size())
    return false;
  FieldReader type(line.substr(with + kWith.size()));
  mount.fs_type = type.Next().value_or("");
  if (mount.fs_type != "nfs" && mount.fs_type != "nfs4") return false;
  if (type.Next().value_or("").substr(0, 9) != "statvers=") return false;
  mount.device = line.substr(kDevice.size(), mounted - kDevice.size());
  const size_t point = mounted + kMounted.size();
  mount.mount_point = line.substr(point, with - point);
  return true;
}

Status TakeStatistic(std::string_view line, NfsMount& mount) {
  FieldReader fields(line);
  const auto key = fields.Next();
  if (!key) return {};
  if (*key == "age:") {
    std::array<uint64_t, 1> age{};
    RETURN_IF_ERROR(TakeNumbers(fields, line, age));
    mount.age_seconds = age[0];
  } else if (*key == "bytes:") {
    return TakeNumbers(fields, line, mount.bytes);
  } else if (*key == "events:") {
    return TakeNumbers(fields, line, mount.events);
  } else if (*key == "xprt:") {
    return TakeTransport(fields, line, mount);
  }
  return {};
}

}  // namespace

Result<std::vector<NfsMount>> ParseMountstats(std::string_view text) {
  std::vector<NfsMount> mounts;
  bool in_mount = false;
  bool in_operations = false;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto first = fields.Next();
    if (first == "device") {
      NfsMount mount;
      in_operations = false;
      in_mount = TakeDevice(*line, mount);
      if (in_mount) mounts.push_back(std::move(mount));
    } else if (!in_mount || !first) {
      in_operations = in_operations && first.has_value();
    } else if (first == "per-op") {
      in_operations = true;
    } else if (in_operations) {
      NfsOperation operation{std::string(*first), {}};
      if (operation.name.back() == ':') operation.name.pop_back();
      RETURN_IF_ERROR(TakeNumbers(fields, *line, operation.numbers));
      mounts.back().operations.push_back(std::move(operation));
    } else {
      RETURN_IF_ERROR(TakeStatistic(*line, mounts.back()));
    }
  }
  return mounts;
}

}  // namespace narthex::exporters
