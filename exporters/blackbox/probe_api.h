// What the exporter answers: probes, the log of each, the configuration in force.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_PROBE_API_H_
#define NARTHEX_EXPORTERS_BLACKBOX_PROBE_API_H_

#include <atomic>
#include <string>
#include <vector>

#include "common/http_server/routes.h"
#include "exporters/blackbox/history.h"
#include "exporters/blackbox/module_store.h"

namespace narthex::blackbox {

struct ProbeApiOptions {
  double timeout_offset_seconds = 0.5;      // less than the scraper waits
  std::vector<std::string> url_parameters;  // that may change fields of modules: "http.method"
  std::string prefix;                       // of the links on its pages
};

// How long a probe may take: what the scraper waits, without the offset, at most the module's own
// timeout. kInvalidArgument for a header that is no number.
Result<double> ProbeTimeout(std::string_view scrape_timeout_header, const Module& module,
                            double offset_seconds);

// Decodes %XX and + once more; the text itself where that fails.
std::string UnescapedOnce(std::string_view text);

// Handlers run on the fibers of connections. All is borrowed.
class ProbeApi {
 public:
  ProbeApi(ProbeApiOptions options, ModuleStore& store, const ProbeRunner& runner, History& history,
           Registry& registry);

  void AddRoutes(Routes& routes);

 private:
  void AnswerProbe(const HttpRequest& request, HttpResponse& response);
  Result<ProbeOrder> ReadOrder(const HttpRequest& request);
  Result<std::shared_ptr<ModuleRuntime>> ChooseRuntime(const HttpRequest& request);
  void AnswerLog(const HttpRequest& request, HttpResponse& response) const;
  void AnswerLanding(HttpResponse& response) const;

  const ProbeApiOptions options_;
  ModuleStore& store_;
  const ProbeRunner& runner_;
  History& history_;
  Counter& unknown_modules_;
  CounterFamily& probes_;
  std::atomic<int64_t> in_flight_{0};
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_PROBE_API_H_
