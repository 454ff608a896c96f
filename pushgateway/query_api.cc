#include "pushgateway/query_api.h"

#include <algorithm>
#include <utility>

#include "common/bytes/numbers.h"
#include "common/client/registry.h"
#include "pushgateway/exposition.h"
#include "pushgateway/family_json.h"

namespace narthex::pushgateway {
namespace {

struct Header {
  std::string_view name;
  std::string_view value;
};
// The original lets scripts of any site read its API.
constexpr Header kHeaders[] = {
    {"Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin"},
    {"Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS"},
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Expose-Headers", "Date"},
    {"Cache-Control", "no-cache, no-store, must-revalidate"},
};

// Begins the next field of the object that `out` ends in.
void AppendName(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  AppendJsonString(out, name);
  out += ':';
}

void AppendBool(std::string& out, bool value) { out += value ? "true" : "false"; }

void AppendMap(std::string& out, const std::map<std::string, std::string>& map) {
  out += '{';
  for (const auto& [name, value] : map) {
    AppendName(out, name);
    AppendJsonString(out, value);
  }
  out += '}';
}

bool LastPushSucceeded(const GroupTimes& times) { return times.failure_ms <= times.push_ms; }

// One of the two times as the family that /metrics shows.
void AppendTime(std::string& out, const GroupView& group, std::string_view name,
                std::string_view help, int64_t time_ms) {
  MetricFamily family{std::string(name), openmetrics::Type::kGauge, std::string(help)};
  family.metrics.push_back(
      {FinalLabels({}, group.key), static_cast<double>(time_ms) / 1000.0, std::nullopt});
  AppendName(out, name);
  const int64_t changed_ms = time_ms == 0 ? group.times.push_ms : time_ms;
  AppendJsonFamily(out, family, changed_ms);
}

bool HasFamily(const GroupView& group, std::string_view name) {
  return std::any_of(group.families.begin(), group.families.end(),
                     [name](const FamilyView& family) { return family.name == name; });
}

// Families stand beside two fields of the group; a family that has the name of one takes its place.
void AppendGroup(std::string& out, const GroupView& group) {
  out += '{';
  if (!HasFamily(group, "labels")) {
    AppendName(out, "labels");
    AppendJsonLabelPairs(out, group.key.labels());
  }
  if (!HasFamily(group, "last_push_successful")) {
    AppendName(out, "last_push_successful");
    AppendBool(out, LastPushSucceeded(group.times));
  }
  AppendTime(out, group, kPushTime, kPushTimeHelp, group.times.push_ms);
  AppendTime(out, group, kPushFailureTime, kPushFailureTimeHelp, group.times.failure_ms);
  for (const FamilyView& family : group.families) {
    AppendName(out, family.name);
    AppendJsonFamily(out, Restore(family.name, family.type, family.help, family.text, family.exact),
                     family.time_ms);
  }
  out += '}';
}

void AppendGroupLine(std::string& out, const GroupView& group, bool utf8_names) {
  out += "{\"labels\":";
  AppendJsonLabelPairs(out, group.key.labels());
  AppendName(out, "path");
  AppendJsonString(out, group.key.ToPath(utf8_names));
  AppendName(out, "last_push_successful");
  AppendBool(out, LastPushSucceeded(group.times));
  AppendName(out, "push_time");
  AppendJsonTime(out, group.times.push_ms);
  AppendName(out, "push_failure_time");
  AppendJsonTime(out, group.times.failure_ms);
  AppendName(out, "families");
  AppendUnsigned(out, group.family_count);
  AppendName(out, "series");
  AppendUnsigned(out, group.series_count);
  out += '}';
}

}  // namespace

void QueryApi::AddRoutes(Routes& routes, GatewayMetrics& metrics) const {
  const auto add = [&](const std::string& name, auto answer) {
    const std::string path = "api/v1/" + name;
    const HttpHandler get = metrics.Counted(path, answer);
    const HttpHandler options = metrics.Counted(
        "api/v1/options",
        [](const HttpRequest&, HttpResponse& response) { response.Send(200, kPlainText, ""); });
    routes.Add({"GET", "OPTIONS"}, "/" + path,
               [get, options](const HttpRequest& request, HttpResponse& response) {
                 for (const Header& header : kHeaders)
                   response.SetHeader(header.name, header.value);
                 (request.method == "OPTIONS" ? options : get)(request, response);
               });
  };
  add("metrics",
      [this](const HttpRequest& request, HttpResponse& response) { Metrics(request, response); });
  add("status", [this](const HttpRequest&, HttpResponse& response) { Status(response); });
  add("groups", [this](const HttpRequest&, HttpResponse& response) { Groups(response); });
}

// All groups, or the one that ?group= names as the path of a push does.
void QueryApi::Metrics(const HttpRequest& request, HttpResponse& response) const {
  std::vector<GroupKey> keys;
  if (request.parameters.Has("group")) {
    const auto key = ParseGroupPath(request.parameters.Get("group"), utf8_names_);
    if (!key.ok()) return SendJsonError(response, 400, "bad_data", key.message());
    keys.push_back(*key);
  } else {
    for (GroupView& group : store_.Groups()) keys.push_back(std::move(group.key));
  }
  JsonResponse json(response);
  json.out() += '[';
  bool first = true;
  for (const GroupKey& key : keys) {
    const auto group = store_.Group(key);
    if (!group) continue;  // deleted meanwhile
    if (!std::exchange(first, false)) json.out() += ',';
    AppendGroup(json.out(), *group);
    if (!json.Flush()) return;
  }
  json.out() += ']';
  json.Finish();
}

void QueryApi::Groups(HttpResponse& response) const {
  JsonResponse json(response);
  json.out() += '[';
  bool first = true;
  for (const GroupView& group : store_.Groups()) {
    if (!std::exchange(first, false)) json.out() += ',';
    AppendGroupLine(json.out(), group, utf8_names_);
    if (!json.Flush()) return;
  }
  json.out() += ']';
  json.Finish();
}

void QueryApi::Status(HttpResponse& response) const {
  JsonResponse json(response);
  std::string& out = json.out();
  out += '{';
  AppendName(out, "build_information");
  AppendMap(out, {{"application", "narthex-pushgateway"}, {"version", std::string(Version())}});
  AppendName(out, "flags");
  AppendMap(out, flags_);
  AppendName(out, "start_time");
  AppendJsonString(out, Rfc3339(start_ms_));
  out += '}';
  json.Finish();
}

}  // namespace narthex::pushgateway
