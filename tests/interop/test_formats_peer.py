"""Expositions of the originals and of ours in the formats that each has, read to the letter."""

import pytest

from harness import executable, get, run_to_end, scrape

ACCEPT = {
    "text": "text/plain;version=0.0.4",
    "openmetrics": "application/openmetrics-text;version=1.0.0",
    "protobuf": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
}


def cardinality(tool, answer, form, path):
    """{family: series} of an exposition."""
    path.write_bytes(answer.body)
    result = run_to_end(
        [tool, "check", "metrics", f"--format={form}", "--lint=none", "--extended", str(path)])
    assert result.returncode == 0, f"{form}: {result.stderr}"
    rows = [line.rsplit(maxsplit=2) for line in result.stdout.splitlines()[1:-1]]
    return {name: int(series) for name, series, _ in rows}


@pytest.fixture(scope="module")
def prometheus(module_launch, tmp_path_factory):
    """One that has histograms of all kinds by the time it is asked."""
    folder = tmp_path_factory.mktemp("prometheus")
    config = folder / "prometheus.yml"
    config.write_text("scrape_configs: []\n")
    started = module_launch.peer_prometheus(config, folder / "data")
    get(started.url + "/api/v1/query", query="vector(1)")
    return started


def test_protobuf_of_prometheus_reads_as_its_text_does(prometheus, tmp_path, notice):
    tool = executable("narthex-tool")
    text = cardinality(tool, get(prometheus.url + "/metrics", headers={"Accept": ACCEPT["text"]}),
                       "text", tmp_path / "text")
    answer = get(prometheus.url + "/metrics", headers={"Accept": ACCEPT["protobuf"]})
    assert answer.headers["Content-Type"].startswith("application/vnd.google.protobuf")
    other = cardinality(tool, answer, "protobuf", tmp_path / "protobuf")
    missing = set(text) ^ set(other)
    notice(f"protobuf: {len(other)} families of prometheus read, {sum(other.values())} series")
    assert not missing
    assert len(text) > 150
    # Requests of the test itself move some; native buckets and the +Inf bucket that protobuf leaves
    # out change histograms.
    equal = sum(text[name] == other[name] for name in text)
    assert equal >= 0.9 * len(text), {name: (text[name], other[name])
                                      for name in text if text[name] != other[name]}


def test_ours_hold_the_standard_in_each_format(launch, tmp_path, notice):
    tool = executable("narthex-tool")
    exporter = launch.node_exporter()
    scrape(exporter.url)  # so that its own request metrics are there
    tables = {form: cardinality(tool, get(exporter.url + "/metrics", headers={"Accept": accept}),
                                form, tmp_path / form)
              for form, accept in ACCEPT.items()}
    notice(f"our node exporter: {len(tables['text'])} families the same in {len(tables)} formats")
    assert len(tables["text"]) > 100
    assert tables["openmetrics"] == tables["text"]
    assert tables["protobuf"] == tables["text"]
