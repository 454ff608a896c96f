#include "exporters/blackbox/probe_api.h"

#include <fmt/format.h>

#include "common/bytes/ignore_case.h"
#include "common/bytes/numbers.h"
#include "common/http_server/standard_pages.h"

namespace narthex::blackbox {
namespace {

constexpr double kDefaultScrapeSeconds = 120;
constexpr double kMaxSeconds = 24 * 3600;
constexpr std::string_view kDefaultModule = "http_2xx";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What a probe said, measured and was told to do.
std::string DebugText(const ProbeResult& result) {
  std::string metrics;
  openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
  result.metrics.WriteTo(writer);
  writer.Finish(metrics);
  return "Log of the probe:\n" + result.log_text + "\nMetrics of the probe:\n" + metrics +
         "\nModule:\n" + Show(result.runtime->module()) + "\n";
}

// --hostname of the request may not contradict the module.
Status CheckHostname(const Module& module, std::string_view hostname) {
  if (module.prober != "http" || hostname.empty()) return {};
  for (const auto& [name, value] : module.http.headers) {
    if (!EqualIgnoringCase(name, "Host") || value == hostname) continue;
    return InvalidArgument("parameter hostname: the module has the header Host: ", value);
  }
  return {};
}

bool HasControlByte(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

class Counted {
 public:
  explicit Counted(std::atomic<int64_t>& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::atomic<int64_t>& count_;
};

}  // namespace

Result<double> ProbeTimeout(std::string_view scrape_timeout_header, const Module& module,
                            double offset_seconds) {
  double scrape = 0;
  if (!scrape_timeout_header.empty()) {
    const auto parsed = ParseDouble(scrape_timeout_header);
    if (!parsed || !(*parsed >= 0) || *parsed > kMaxSeconds) {
      return InvalidArgument("X-Prometheus-Scrape-Timeout-Seconds: want seconds, got ",
                             Quote(scrape_timeout_header));
    }
    scrape = *parsed;
  }
  if (scrape == 0) scrape = kDefaultScrapeSeconds;
  const double most = scrape - offset_seconds;
  const double own = module.timeout.seconds();
  return (own > 0 && own < most) || most < 0 ? own : most;
}

std::string UnescapedOnce(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::string(text);
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

ProbeApi::ProbeApi(ProbeApiOptions options, ModuleStore& store, const ProbeRunner& runner,
                   History& history, Registry& registry)
    : options_(std::move(options)),
      store_(store),
      runner_(runner),
      history_(history),
      unknown_modules_(registry.AddCounter("blackbox_module_unknown_total",
                                           "Probes asked for by a module that is not there.")),
      probes_(registry.AddCounterFamily("narthex_blackbox_probes_total",
                                        "Probes that came to a result.", {"prober", "result"})) {
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
    out.Add("narthex_blackbox_probes_in_flight", openmetrics::Type::kGauge, "Probes under way.")
        .Sample({}, static_cast<double>(in_flight_));
  });
}

void ProbeApi::AddRoutes(Routes& routes) {
  routes.Get("/probe", [this](const HttpRequest& request, HttpResponse& response) {
    AnswerProbe(request, response);
  });
  routes.Get("/logs", [this](const HttpRequest& request, HttpResponse& response) {
    AnswerLog(request, response);
  });
  routes.Get("/config", [this](const HttpRequest&, HttpResponse& response) {
    response.Send(200, kPlainText, Show(store_.Get()->config) + "\n");
  });
  routes.Get("/", [this](const HttpRequest&, HttpResponse& response) { AnswerLanding(response); });
}

Result<std::shared_ptr<ModuleRuntime>> ProbeApi::ChooseRuntime(const HttpRequest& request) {
  std::string name(request.parameters.Get("module"));
  if (name.empty()) name = kDefaultModule;
  const auto set = store_.Get();
  const auto found = set->runtimes.find(name);
  if (found == set->runtimes.end()) {
    unknown_modules_.Add();
    return InvalidArgument("unknown module ", Quote(name), "; the configuration is at /config");
  }
  ModuleStore::Changes changes;
  for (const std::string& parameter : options_.url_parameters) {
    if (request.parameters.Has(parameter))
      changes.emplace_back(parameter, request.parameters.Get(parameter));
  }
  if (changes.empty()) return found->second;
  return store_.Changed(*set, name, changes).Prefixed("parameters");
}

Result<ProbeOrder> ProbeApi::ReadOrder(const HttpRequest& request) {
  ProbeOrder order;
  ASSIGN_OR_RETURN(order.runtime, ChooseRuntime(request));
  const Module& module = order.runtime->module();
  ASSIGN_OR_RETURN(order.timeout_seconds,
                   ProbeTimeout(request.Header("X-Prometheus-Scrape-Timeout-Seconds"), module,
                                options_.timeout_offset_seconds));
  const std::string_view target = request.parameters.Get("target");
  if (target.empty()) return InvalidArgument("missing parameter target");
  order.target = UnescapedOnce(target);
  order.hostname = request.parameters.Get("hostname");
  if (HasControlByte(order.target) || HasControlByte(order.hostname))
    return InvalidArgument("control byte in target or hostname");
  RETURN_IF_ERROR(CheckHostname(module, order.hostname));
  return order;
}

void ProbeApi::AnswerProbe(const HttpRequest& request, HttpResponse& response) {
  auto order = ReadOrder(request);
  if (!order.ok()) return response.Send(400, kPlainText, std::string(order.message()) + "\n");
  order->abandoned = [&response] { return response.client_gone(); };
  const Counted counted(in_flight_);
  ProbeResult result = runner_.Run(*order);
  probes_.With({order->runtime->module().prober, result.success ? "success" : "failure"}).Add();
  if (request.parameters.Get("debug") == "true") {
    response.Send(200, kPlainText, DebugText(result));
  } else {
    SendExposition(request, response, [&result](openmetrics::ExpositionWriter& writer) {
      result.metrics.WriteTo(writer);
    });
  }
  history_.Add(std::move(result));
}

void ProbeApi::AnswerLog(const HttpRequest& request, HttpResponse& response) const {
  const std::string_view id_text = request.parameters.Get("id");
  const std::string_view target = request.parameters.Get("target");
  const std::string_view module = request.parameters.Get("module");
  const auto id = ParseInteger(id_text);
  if (id.has_value() == !target.empty())
    return response.Send(400, kPlainText, "want either the id of a probe, or a target\n");
  if (target.empty() && !module.empty())
    return response.Send(400, kPlainText, "a module goes with a target only\n");
  const History::Entry entry = id ? history_.Find(*id) : history_.FindTarget(target, module);
  if (entry == nullptr)
    return response.Send(404, kPlainText, "this probe is not kept, see --history.limit\n");
  response.Send(200, kPlainText, DebugText(entry->result));
}

void ProbeApi::AnswerLanding(HttpResponse& response) const {
  const std::string& prefix = options_.prefix;
  std::string rows;
  for (const History::Entry& entry : history_.NewestFirst()) {
    const ProbeResult& result = entry->result;
    rows += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{:.3f}</td><td><a "
        "href=\"{}/logs?id={}\">log</a></td></tr>\n",
        EscapeHtml(result.runtime->name()), EscapeHtml(result.target),
        result.success ? "success" : "<strong>failure</strong>",
        result.metrics.Value(kProbeDuration), prefix, entry->id);
  }
  const std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" "
      "content=\"light dark\">\n<title>Narthex blackbox exporter</title></head>\n<body>\n"
      "<h1>Narthex blackbox exporter</h1>\n<p>Probes what is reached over a network. A probe is "
      "asked for by <code>{0}/probe?target=TARGET&amp;module=MODULE</code>, with "
      "<code>&amp;debug=true</code> together with its log.</p>\n<ul>\n"
      "<li><a href=\"{0}/config\">Modules</a></li>\n<li><a href=\"{0}/metrics\">Metrics</a></li>\n"
      "</ul>\n<h2>Last probes</h2>\n<table>\n<thead><tr><th>Module</th><th>Target</th><th>Result"
      "</th><th>Seconds</th><th></th></tr></thead>\n<tbody>\n{1}</tbody>\n</table>\n<p>Version {2}"
      "</p>\n</body></html>\n",
      EscapeHtml(prefix), rows, Version());
  response.SetHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.Send(200, kHtml, page);
}

}  // namespace narthex::blackbox
