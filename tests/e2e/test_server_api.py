"""What the server's API tells of itself and its configuration."""

import json
import urllib.parse
import urllib.request

import pytest

from harness import get, get_json, poll, query, run_to_end, executable
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
