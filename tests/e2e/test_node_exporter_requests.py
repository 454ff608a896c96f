"""What an operator does with the node exporter beyond scraping all of it."""

import os
import threading

from harness import Exposition, get, poll, scrape


def collectors(exposition):
    return {labels["collector"] for labels, _ in exposition.find("node_scrape_collector_success")}


def test_a_scrape_may_choose_collectors(launch):
    exporter = launch.node_exporter()
    metrics = exporter.url + "/metrics"
    chosen = get(metrics, **{"collect[]": ["loadavg", "vmstat"]})
    assert chosen.status == 200
    assert collectors(Exposition(chosen.text)) == {"loadavg", "vmstat"}
    everything = collectors(scrape(exporter.url))
    rest = get(metrics, **{"exclude[]": ["loadavg", "unheard-of"]})
    assert collectors(Exposition(rest.text)) == everything - {"loadavg"}


def test_a_choice_that_cannot_be_met_is_refused_with_its_reason(launch):
    exporter = launch.node_exporter("--no-collector.time")
    metrics = exporter.url + "/metrics"
    for name in ("time", "unheard-of"):
        answer = get(metrics, **{"collect[]": ["loadavg", name]})
        assert answer.status == 400 and name in answer.text
    both = get(metrics, **{"collect[]": "loadavg", "exclude[]": "vmstat"})
    assert both.status == 400 and "exclude[]" in both.text


def test_defaults_may_be_disabled(launch):
    exporter = launch.node_exporter("--collector.loadavg", "--collector.disable-defaults")
    assert collectors(scrape(exporter.url)) == {"loadavg"}


def test_a_collector_that_hangs_is_left_out_until_it_is_back(launch, tmp_path):
    """The source is a named pipe: to open it waits until somebody writes."""
    pipe = tmp_path / "loadavg"
    os.mkfifo(pipe)
    (tmp_path / "vmstat").write_text("pgpgin 7\n")
    exporter = launch.node_exporter(
        f"--path.procfs={tmp_path}", "--collector.disable-defaults", "--collector.loadavg",
        "--collector.vmstat")

    def ask():
        answer = get(exporter.url + "/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"})
        assert answer.status == 200
        return Exposition(answer.text)

    for _ in range(3):
        exposition = ask()
        assert exposition.value("node_vmstat_pgpgin") == 7
        assert exposition.value("node_scrape_collector_success", collector="loadavg") == 0
        assert exposition.value("node_scrape_collector_success", collector="vmstat") == 1
    exposition = ask()
    assert exposition.value("narthex_collector_over_budget_total", collector="loadavg") == 1
    assert exposition.value("narthex_collector_runs_stuck") == 1

    pipe.rename(tmp_path / "old")
    (tmp_path / "loadavg").write_text("1.5 2 3 1/2 3\n")
    writer = threading.Thread(target=lambda: (tmp_path / "old").write_text("1 2 3 1/2 3\n"))
    writer.start()
    poll(lambda: ask().value("node_load1") == 1.5, "the collector is back")
    writer.join()


def test_it_stops_while_a_collector_hangs(launch, tmp_path):
    os.mkfifo(tmp_path / "loadavg")
    exporter = launch.node_exporter(
        f"--path.procfs={tmp_path}", "--collector.disable-defaults", "--collector.loadavg",
        "--collector.timeout=100ms")
    assert scrape(exporter.url).value("node_scrape_collector_success", collector="loadavg") == 0
    code, _ = exporter.terminate()
    assert code == 0
