"""vmalert evaluates its rules by our API, as it does by prometheus'."""

import pytest

from harness import free_port, get_json, peer, poll, query
from targets import Target

RULES = """
groups:
- name: g
  interval: 200ms
  eval_alignment: false
  rules:
  - alert: Depth
    expr: queue_depth{queue!~"ignored.*"} > 3
    labels: {severity: page}
    annotations: {summary: "{{ $labels.queue }} has {{ $value }}"}
  - alert: Never
    expr: absent(queue_depth)
  - alert: Share
    expr: sum by (job) (queue_depth) / on (job) count by (job) (queue_depth) > bool 2
"""


@pytest.fixture
def served():
    target = Target('queue_depth{queue="a"} 4\nqueue_depth{queue="b"} 2\nqueue_depth{queue="ignored_1"} 9\n')
    yield target
    target.stop()


def test_vmalert_fires_by_our_answers(launch, tmp_path, served):
    vmalert = peer("vmalert")
    config = tmp_path / "prometheus.yml"
    config.write_text("global: {scrape_interval: 200ms}\nscrape_configs:\n- job_name: j\n"
                      f"  static_configs: [{{targets: ['{served.address}']}}]\n")
    server = launch.server(config, tmp_path / "data")
    poll(lambda: query(server.url, "queue_depth"), "a scrape")
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES)
    port = free_port()
    watcher = launch.run(vmalert, f"-rule={rules}", f"-datasource.url={server.url}", "-notifier.blackhole",
                         f"-httpListenAddr=127.0.0.1:{port}", "-evaluationInterval=200ms", "-rule.evalDelay=0",
                         port=port, ready="/health")

    def firing():
        alerts = get_json(watcher.url + "/api/v1/alerts")["data"]["alerts"]
        return {alert["name"]: alert for alert in alerts if alert["state"] == "firing"}

    alerts = poll(lambda: (found := firing()) and len(found) == 2 and found, "alerts")
    assert float(alerts["Depth"]["value"]) == 4
    assert alerts["Depth"]["annotations"] == {"summary": "a has 4"}
    assert alerts["Depth"]["labels"]["severity"] == "page" and alerts["Depth"]["labels"]["queue"] == "a"
    assert float(alerts["Share"]["value"]) == 1
    served.body = 'queue_depth{queue="a"} 1\n'
    poll(lambda: set(firing()) <= {"Share"}, "the end of an alert")
    groups = get_json(watcher.url + "/api/v1/rules")["data"]["groups"]
    assert all(not rule.get("lastError") for group in groups for rule in group["rules"]), groups
