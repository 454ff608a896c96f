#include <map>

#include "server/discovery/remote_source.h"

namespace narthex::server {
namespace {

DnsType TypeOf(DnsRecordType type) {
  switch (type) {
    case DnsRecordType::kSrv:
      return DnsType::kSrv;
    case DnsRecordType::kA:
      return DnsType::kA;
    case DnsRecordType::kAaaa:
      return DnsType::kAaaa;
    case DnsRecordType::kMx:
      return DnsType::kMx;
    case DnsRecordType::kNs:
      return DnsType::kNs;
  }
  return DnsType::kSrv;
}

class DnsSource : public RemoteSource {
 public:
  DnsSource(const DnsSdConfig& config, Resolver& resolver, RemoteSourceMetrics& metrics)
      : config_(config), resolver_(resolver), metrics_(metrics) {}

  // All names at once; one that fails keeps what it had.
  void Ask(Found found) override {
    auto round = std::make_shared<Round>(Round{config_.names.size(), {}, std::move(found)});
    for (const std::string& name : config_.names) {
      metrics_.dns_lookups.Add();
      resolver_.Query(name, TypeOf(config_.type),
                      [this, name, round](const Result<Resolver::Records>& records) {
                        Note(name, records, *round);
                      });
    }
  }

  Duration refresh_interval() const override { return config_.refresh_interval; }
  std::string_view mechanism() const override { return "dns"; }
  std::string key() const override {
    std::string key = "dns " + ToText(config_.type) + " " + std::to_string(config_.port);
    for (const std::string& name : config_.names) key += " " + name;
    return key;
  }

 private:
  struct Round {
    size_t open;
    Status first_error;
    Found found;
  };

  void Note(const std::string& name, const Result<Resolver::Records>& records, Round& round) {
    if (records.ok()) {
      by_name_[name] = GroupsOf(name, *records);
    } else {
      metrics_.dns_failures.Add();
      if (round.first_error.ok()) round.first_error = records.status();
    }
    if (--round.open > 0) return;
    // Nothing at all was answered, not now and not before.
    if (by_name_.empty() && !round.first_error.ok()) return round.found(round.first_error);
    std::vector<TargetGroup> all;
    for (const auto& [other, groups] : by_name_)
      all.insert(all.end(), groups.begin(), groups.end());
    round.found(all);
  }

  std::vector<TargetGroup> GroupsOf(const std::string& name,
                                    const Resolver::Records& records) const {
    std::vector<TargetGroup> groups;
    for (const DnsRecord& record : records) {
      const bool v6 = record.target.find(':') != std::string::npos;
      const uint64_t port =
          config_.type == DnsRecordType::kSrv ? static_cast<uint64_t>(record.port) : config_.port;
      TargetGroup group{
          {(v6 ? "[" + record.target + "]" : record.target) + ":" + std::to_string(port)},
          {{"__meta_dns_name", name}}};
      if (config_.type == DnsRecordType::kSrv) {
        group.labels["__meta_dns_srv_record_target"] = record.target + ".";
        group.labels["__meta_dns_srv_record_port"] = std::to_string(port);
      } else if (config_.type == DnsRecordType::kMx) {
        group.labels["__meta_dns_mx_record_target"] = record.target + ".";
      } else if (config_.type == DnsRecordType::kNs) {
        group.labels["__meta_dns_ns_record_target"] = record.target + ".";
      }
      groups.push_back(std::move(group));
    }
    return groups;
  }

  const DnsSdConfig config_;
  Resolver& resolver_;
  RemoteSourceMetrics& metrics_;
  std::map<std::string, std::vector<TargetGroup>> by_name_;
};

}  // namespace

std::shared_ptr<RemoteSource> NewDnsSource(const DnsSdConfig& config, Resolver& resolver,
                                           RemoteSourceMetrics& metrics) {
  return std::make_shared<DnsSource>(config, resolver, metrics);
}

}  // namespace narthex::server
