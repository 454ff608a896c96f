"""What the server's API tells of itself and its configuration."""

import json
import re
import signal
import time
import urllib.parse
import urllib.request

import pytest
import yaml

from harness import CHECKOUT, get, get_json, poll, query, request, run_to_end, executable
from targets import Target

CONFIG = """
global: {{scrape_interval: 200ms, external_labels: {{zone: z1}}}}
scrape_configs:
- job_name: j
  basic_auth: {{username: u, password: hunter2}}
  static_configs: [{{targets: ['{address}'], labels: {{rack: '4'}}}}]
  relabel_configs:
  - {{source_labels: [rack], regex: '(.)', target_label: shelf, replacement: 's$1'}}
  - {{source_labels: [rack], regex: '5', action: drop}}
- job_name: k
  consul_sd_configs: [{{token: hunter2}}]
"""


@pytest.fixture(scope="module")
def target():
    served = Target('kept{path="/a"} 1\nother 2\n# HELP narthex_help Some "help".\n# TYPE narthex_help gauge\n')
    yield served
    served.stop()


@pytest.fixture(scope="module")
def server(module_launch, tmp_path_factory, target):
    folder = tmp_path_factory.mktemp("api")
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(address=target.address))
    server = module_launch.server(config, folder / "data", "--enable-feature=promql-experimental-functions")
    poll(lambda: query(server.url, "kept"), "a scrape")
    return server


def data(server, path):
    answer = get_json(server.url + "/api/v1/" + path)
    assert answer["status"] == "success", answer
    return answer["data"]


def test_the_configuration_is_shown_without_secrets(server, tmp_path):
    yaml = data(server, "status/config")["yaml"]
    assert "hunter2" not in yaml and yaml.count("<secret>") == 2
    assert "scrape_timeout: 200ms" in yaml  # defaults are filled in
    shown = tmp_path / "shown.yml"
    shown.write_text(yaml)
    result = run_to_end([executable("narthex-tool"), "check", "config", "--syntax-only", str(shown)])
    assert result.returncode == 0, result.stderr


def test_flags_are_shown(server):
    flags = data(server, "status/flags")
    assert flags["enable-feature"] == "promql-experimental-functions"
    assert flags["config.auto-reload"] == "false" and flags["query.timeout"] == "2m"


def test_jobs_are_shown_and_what_they_cannot_discover(server):
    shown = data(server, "scrape_pools")
    assert shown["scrapePools"] == ["j", "k"]
    [failed] = shown["failedDiscoveries"]
    assert failed["scrapePool"] == "k" and failed["discovery"] == "consul_sd_configs"
    assert server.log.count("consul_sd_configs") == 1
    yaml = data(server, "scrape_pools/config?scrapePool=j")["yaml"]
    assert yaml.startswith("job_name: j\n") and "hunter2" not in yaml


def test_relabelling_is_shown_step_by_step(server):
    labels = urllib.parse.quote(json.dumps({"__address__": "h:1", "rack": "5"}))
    steps = data(server, f"targets/relabel_steps?scrapePool=j&labels={labels}")["steps"]
    assert steps[0]["output"] == {"__address__": "h:1", "rack": "5", "shelf": "s5"} and steps[0]["keep"]
    assert steps[1]["output"] == {} and not steps[1]["keep"] and steps[1]["rule"]["action"] == "drop"


@pytest.mark.parametrize("path, finding", [
    ("scrape_pools/config", "no scrapePool parameter"),
    ("scrape_pools/config?scrapePool=nosuch", 'unknown scrape pool "nosuch"'),
    ("targets/relabel_steps?scrapePool=j", "no labels parameter"),
    ("targets/relabel_steps?scrapePool=j&labels=[", 'invalid parameter "labels"'),
])
def test_bad_requests_are_refused(server, path, finding):
    answer = get(server.url + "/api/v1/" + path)
    assert answer.status == 400 and finding in json.loads(answer.body)["error"], answer.body


def test_families_are_told_as_targets_tell_them(server, target):
    told = data(server, "metadata")
    assert told["narthex_help"] == [{"type": "gauge", "help": "Some \"help\".", "unit": ""}]
    assert data(server, "metadata?metric=nosuch") == {} and data(server, "metadata?limit=0") == {}
    [shown] = data(server, "targets/metadata?metric=narthex_help&match_target={job='j'}")
    assert shown["target"]["instance"] == target.address and shown["type"] == "gauge" and "metric" not in shown
    [shown] = data(server, "targets/metadata?match_target={job='j'}")
    assert shown["metric"] == "narthex_help"
    assert data(server, "targets/metadata?match_target={job='k'}") == []
    assert get(server.url + "/api/v1/metadata?limit=x").status == 400


def test_features_say_what_is_on(server):
    features = data(server, "features")
    assert features["promql_functions"]["rate"] and features["promql_functions"]["mad_over_time"]
    assert not features["promql"]["anchored"]
    assert features["service_discovery_providers"] == {"dns": True, "file": True, "http": True, "static": True}


def test_federation_gives_the_newest_samples(server, target):
    text = get(server.url + "/federate?match[]=kept&match[]={__name__=~'up|nosuch'}").body.decode()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line.rsplit(" ", 1)[0] for line in lines] == [
        f'kept{{instance="{target.address}",job="j",path="/a",rack="4",shelf="s4",zone="z1"}} 1',
        f'up{{instance="{target.address}",job="j",rack="4",shelf="s4",zone="z1"}} 1']
    assert get(server.url + "/federate?match[]={").status == 400
    assert get(server.url + "/federate").body == b""


def test_what_is_stored_is_counted(server):
    counted = data(server, "status/tsdb?limit=3")
    head = counted["headStats"]
    assert head["numSeries"] == len(data(server, "series?match[]={job='j'}")) and head["minTime"] <= head["maxTime"]
    for part in ("seriesCountByMetricName", "labelValueCountByLabelName", "memoryInBytesByLabelName",
                 "seriesCountByLabelValuePair"):
        values = [entry["value"] for entry in counted[part]]
        assert len(values) == 3 and values == sorted(values, reverse=True)
    assert counted["seriesCountByLabelValuePair"][0]["name"] in ("job=j", "rack=4", "shelf=s4") or \
        counted["seriesCountByLabelValuePair"][0]["name"].startswith("instance=")
    assert data(server, "status/tsdb/blocks") == {"blocks": []}
    assert get(server.url + "/api/v1/status/tsdb?limit=0").status == 400


def test_own_metrics_are_given_as_json(server):
    [family] = data(server, "status/self_metrics?metric_name_pattern=prometheus_config_last_reload_successful")
    assert family["type"] == "GAUGE" and family["metric"] == [{"gauge": {"value": 1}}]
    families = {family["name"]: family for family in data(server, "status/self_metrics")}
    assert families["prometheus_http_requests_total"]["metric"][0]["counter"]["value"] > 0
    assert get(server.url + "/api/v1/status/self_metrics?metric_name_pattern=(").status == 400


def test_the_version_is_told(server):
    assert json.loads(get(server.url + "/version").body)["application"] == "narthex"


def test_pages_of_other_origins_may_read(server):
    request = urllib.request.Request(server.url + "/api/v1/status/buildinfo", headers={"Origin": "http://x.test"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    request = urllib.request.Request(server.url + "/api/v1/query", method="OPTIONS", headers={"Origin": "http://x.test"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 204 and "POST" in answer.headers["Access-Control-Allow-Methods"]


def test_origins_can_be_limited(launch, tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text("")
    server = launch.server(config, tmp_path / "data", "--web.cors.origin=https?://good[.]test")
    for origin, allowed in [("http://good.test", "http://good.test"), ("http://bad.test", None)]:
        request = urllib.request.Request(server.url + "/api/v1/status/buildinfo", headers={"Origin": origin})
        with urllib.request.urlopen(request) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == allowed


EXEMPLARS = """# TYPE hits counter
hits_total{code="200"} 5 # {trace="a"} 1 1.5
hits_total{code="500"} 1 # {trace="b"} 0.25
# EOF
"""


def test_exemplars_are_given_by_query(launch, tmp_path):
    target = Target(EXEMPLARS, "application/openmetrics-text; version=1.0.0")
    config = tmp_path / "prometheus.yml"
    config.write_text("global: {scrape_interval: 200ms}\nscrape_configs:\n"
                      f"- job_name: j\n  static_configs: [{{targets: ['{target.address}']}}]\n")
    server = launch.server(config, tmp_path / "data", "--enable-feature=exemplar-storage")
    selector = urllib.parse.quote('rate(hits_total{code="200"}[1m]) / hits_total{code="500"}')
    found = poll(lambda: data(server, f"query_exemplars?query={selector}&start=0&end=9999999999"), "exemplars")
    assert [(series["seriesLabels"]["code"], series["exemplars"][0]["labels"], series["exemplars"][0]["value"])
            for series in found] == [("200", {"trace": "a"}, "1"), ("500", {"trace": "b"}, "0.25")]
    assert found[0]["exemplars"] == [{"labels": {"trace": "a"}, "value": "1", "timestamp": 1.5}]
    assert data(server, f"query_exemplars?query={selector}&start=9999999999") == []
    assert get(server.url + "/api/v1/query_exemplars?query=)").status == 400
    target.stop()


def test_a_failed_reload_is_notified(launch, tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text("")
    server = launch.server(config, tmp_path / "data", "--web.enable-lifecycle")
    assert data(server, "notifications") == []
    events = urllib.request.urlopen(server.url + "/api/v1/notifications/live", timeout=10)
    config.write_text("nosuch: 1\n")
    server.popen.send_signal(signal.SIGHUP)
    [notification] = poll(lambda: data(server, "notifications"), "the failure is listed")
    assert notification["active"] and "reload" in notification["text"]
    lines = (line.decode().strip() for line in events)
    event = json.loads(next(line for line in lines if line.startswith("data:"))[5:])
    assert event == notification
    config.write_text("")
    server.popen.send_signal(signal.SIGHUP)
    event = json.loads(next(line for line in lines if line.startswith("data:"))[5:])
    assert not event["active"] and data(server, "notifications") == []
    started = time.monotonic()
    server.popen.send_signal(signal.SIGTERM)
    server.popen.wait(timeout=5)
    assert time.monotonic() - started < 2  # though somebody listens


def lines(server, path):
    answer = get(f"{server.url}/api/v1/search/{path}")
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture(scope="module")
def searched(module_launch, tmp_path_factory):
    target = Target('kept{path="/a"} 1\n# HELP narthex_help Some "help".\n# TYPE narthex_help gauge\nnarthex_help 1\n')
    folder = tmp_path_factory.mktemp("search")
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(address=target.address))
    server = module_launch.server(config, folder / "data", "--enable-feature=search-api", "--web.search.max-limit=50")
    poll(lambda: query(server.url, "kept"), "a scrape")
    yield server
    target.stop()


def test_names_are_found_by_what_is_typed(searched):
    assert lines(searched, "metric_names?search[]=helpn") == [{"results": []}, {"status": "success", "has_more": False}]
    found, last = lines(searched, "metric_names?search[]=nrhelp&include_metadata=true&sort_by=score")
    assert found["results"] == [{"name": "narthex_help", "type": "gauge", "help": 'Some "help".'}]
    assert last == {"status": "success", "has_more": False}
    batches = lines(searched, "metric_names?limit=3&batch_size=2&sort_by=alpha&sort_dir=dsc")
    names = [hit["name"] for batch in batches[:-1] for hit in batch["results"]]
    assert [len(batch["results"]) for batch in batches[:-1]] == [2, 1] and batches[-1]["has_more"]
    assert names == sorted(names, reverse=True) and names[0] == "up"


def test_labels_and_values_are_found(searched):
    names = lines(searched, "label_names?match[]=kept&search[]=PA&case_sensitive=false&include_score=true")
    assert names[0]["results"] == [{"name": "path", "score": 1}]
    values = lines(searched, "label_values?label=path&search[]=/")
    assert values[0]["results"] == [{"value": "/a"}]


@pytest.mark.parametrize("path", ["metric_names?limit=51", "metric_names?limit=0", "metric_names?sort_by=score",
                                  "metric_names?sort_by=age", "metric_names?sort_dir=asc", "label_values",
                                  "label_names?fuzz_threshold=101", "label_names?fuzz_alg=soundex",
                                  "label_names?match[]={", "label_names?start=2&end=1", "label_names?batch_size=0",
                                  "label_names?case_sensitive=maybe", "label_names?" + "search[]=a&" * 33])
def test_bad_searches_are_refused(searched, path):
    answer = get(f"{searched.url}/api/v1/search/{path}")
    assert answer.status == 400 and json.loads(answer.text)["errorType"] == "bad_data"


def test_searching_is_off_by_default(server):
    answer = get(server.url + "/api/v1/search/metric_names")
    assert answer.status == 503 and "search-api" in answer.text


def test_paths_move_with_the_prefix(launch, tmp_path, target):
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.format(address=target.address))
    server = launch.server(config, tmp_path / "data", "--web.external-url=http://example.org/prom/",
                           ready="/prom/-/ready")
    assert get_json(server.url + "/prom/api/v1/status/buildinfo")["status"] == "success"
    assert get(server.url + "/prom/").status == 200
    assert "Narthex" in get(server.url + "/").text  # was led to the prefix
    for path in ("/metrics", "/api/v1/labels", "/promx/metrics", "/-/ready"):
        assert get(server.url + path).status == 404, path


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.mark.parametrize("version", ["", "?openapi_version=3.2"])
def test_the_api_describes_itself(server, version):
    answer = get(f"{server.url}/api/v1/openapi.yaml{version}")
    assert answer.headers["Content-Type"].startswith("application/yaml")
    document = yaml.safe_load(answer.text)
    assert document["openapi"].startswith("3.2" if version else "3.1")
    assert ("/notifications/live" in document["paths"]) == bool(version)
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids)) > 40
    for reference in re.findall(r"\$ref: '#/([^']+)'", answer.text):
        part = document
        for key in reference.split("/"):
            part = part[key]
    for path, method, operation in operations(document):
        names = [parameter["name"] for parameter in operation.get("parameters", [])]
        assert len(names) == len(set(names)), path
        if path == "/notifications/live":
            continue
        asked = server.url + document["servers"][0]["url"] + re.sub(r"\{\w+\}", "x", path)
        assert request(asked, b"" if method != "get" else None, method=method.upper()).status not in (404, 405) or \
            "/queries/" in path, (method, path)


def test_every_route_is_described(server):
    sources = "".join(file.read_text() for file in (CHECKOUT / "server/api").glob("*.cc"))
    routes = set(re.findall(r'"/api/v1(/[a-z_/.]+)\*?"', sources))
    described = get(f"{server.url}/api/v1/openapi.yaml?openapi_version=3.2").text
    paths = list(yaml.safe_load(described)["paths"])
    assert len(routes) > 25
    for route in routes:
        assert any(path.startswith(route) for path in paths), route
