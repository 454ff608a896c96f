// The node exporter's collectors, one file each, and the table of them.
#ifndef NARTHEX_EXPORTERS_NODE_COLLECTORS_H_
#define NARTHEX_EXPORTERS_NODE_COLLECTORS_H_

#include <memory>
#include <vector>

#include "exporters/kit/collector.h"

namespace narthex::exporters {

std::unique_ptr<Collector> NewArpCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewBcacheCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewBcachefsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewBondingCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewBtrfsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewBuddyinfoCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewCgroupsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewConntrackCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewCpuCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewCpuVulnerabilitiesCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewCpufreqCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewDiskstatsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewDmiCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewDmmultipathCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewDrbdCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewDrmCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewEdacCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewEntropyCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewEthtoolCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewFibrechannelCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewFilefdCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewFilesystemCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewHwmonCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewInfinibandCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewInterruptsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewIpvsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewKernelHungCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewKsmdCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewLnstatCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewLoadAvgCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewLogindCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewMdadmCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewMeminfoCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewMeminfoNumaCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewMountstatsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewNetclassCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewNetdevCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewNetstatCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewNetworkRouteCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewNfsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewNfsdCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewNvmeCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewNvmesubsystemCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewOsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewPcideviceCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewPerfCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewPowersupplyclassCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewPressureCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewProcessGroupsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewProcessesCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewQdiscCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewRaplCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewSchedstatCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewSelinuxCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewSlabinfoCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewSockstatCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewSoftirqsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewSoftnetCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewStatCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewSwapCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewSysctlCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewSystemdCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewTapestatsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewTcpstatCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewTextfileCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewThermalZoneCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewTimeCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewTimexCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewUdpQueuesCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewUnameCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewUnitResourcesCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewVmstatCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewWatchdogCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewWifiCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewXfrmCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewXfsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewZfsCollector(const SystemPaths& paths);
std::unique_ptr<Collector> NewZoneinfoCollector(const SystemPaths& paths);

const std::vector<CollectorRow>& NodeCollectors();

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_COLLECTORS_H_
