// How well the clock is kept, by adjtimex(2).
#include <sys/timex.h>

#include <cerrno>

#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kMicro = 1e6;
constexpr double kNano = 1e9;
constexpr double kScaledPpm = 1e6 * 65536;  // parts per million with 16 bits behind the point

class TimexCollector : public Collector {
 public:
  Status Collect(MetricSink& sink) override {
    timex clock{};
    const int state = ::adjtimex(&clock);
    if (state < 0 && errno == EPERM) return NoData("adjtimex: ", "not permitted");
    if (state < 0) return ErrnoStatus("adjtimex", errno);
    const auto number = [](auto value) { return static_cast<double>(value); };
    const double unit = (clock.status & STA_NANO) != 0 ? kNano : kMicro;
    sink.Gauge("node_timex_sync_status", "1 while the clock is kept by a reference, else 0.",
               state == TIME_ERROR ? 0 : 1);
    sink.Gauge("node_timex_offset_seconds", "Offset from the reference clock.",
               number(clock.offset) / unit);
    sink.Gauge("node_timex_frequency_adjustment_ratio", "Correction of the clock's frequency.",
               1 + number(clock.freq) / kScaledPpm);
    sink.Gauge("node_timex_maxerror_seconds", "Largest error that the clock may have.",
               number(clock.maxerror) / kMicro);
    sink.Gauge("node_timex_estimated_error_seconds", "Error that the clock is held to have.",
               number(clock.esterror) / kMicro);
    sink.Gauge("node_timex_status", "State of the clock, as bits.", number(clock.status));
    sink.Gauge("node_timex_loop_time_constant", "Time constant of the phase-locked loop.",
               number(clock.constant));
    sink.Gauge("node_timex_tick_seconds", "Time between two ticks.", number(clock.tick) / kMicro);
    sink.Gauge("node_timex_tai_offset_seconds", "Offset of atomic time from UTC.",
               number(clock.tai));
    CollectPulse(clock, unit, sink);
    return {};
  }

 private:
  static void CollectPulse(const timex& clock, double unit, MetricSink& sink) {
    const auto number = [](auto value) { return static_cast<double>(value); };
    sink.Gauge("node_timex_pps_frequency_hertz", "Frequency of the pulse per second.",
               number(clock.ppsfreq) / kScaledPpm);
    sink.Gauge("node_timex_pps_jitter_seconds", "Jitter of the pulse per second.",
               number(clock.jitter) / unit);
    sink.Gauge("node_timex_pps_shift_seconds", "Interval over which the pulse is averaged.",
               number(clock.shift));
    sink.Gauge("node_timex_pps_stability_hertz", "How the pulse's frequency changed of late.",
               number(clock.stabil) / kScaledPpm);
    sink.Counter("node_timex_pps_jitter_total", "Pulses whose jitter was too large.",
                 number(clock.jitcnt));
    sink.Counter("node_timex_pps_calibration_total", "Calibrations by the pulse.",
                 number(clock.calcnt));
    sink.Counter("node_timex_pps_error_total", "Calibrations that failed.", number(clock.errcnt));
    sink.Counter("node_timex_pps_stability_exceeded_total",
                 "Calibrations in which the pulse was not stable.", number(clock.stbcnt));
  }
};

}  // namespace

std::unique_ptr<Collector> NewTimexCollector(const SystemPaths&) {
  return std::make_unique<TimexCollector>();
}

}  // namespace narthex::exporters
