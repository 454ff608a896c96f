"""narthex-tool as people call it."""

import json
import tarfile

import pytest
from harness import executable, free_port, run_to_end
from targets import Target


def check(*arguments, text_in=""):
    return run_to_end([executable("narthex-tool"), "check", "metrics", *arguments], text_in=text_in)


GOOD = "# HELP up_seconds Time up.\n# TYPE up_seconds gauge\nup_seconds{a=\"b\"} 1\nup_seconds{a=\"c\"} 2\n"


def test_a_good_exposition_passes_from_input_and_from_a_file(tmp_path):
    assert (check(text_in=GOOD).returncode, check(text_in=GOOD).stderr) == (0, "")
    path = tmp_path / "metrics"
    path.write_text(GOOD)
    assert check(str(path)).returncode == 0


def test_a_broken_one_names_file_line_and_column(tmp_path):
    result = check(text_in=GOOD + "up_seconds{a=\"d} 1\n")
    assert result.returncode == 1
    assert result.stderr == "<stdin>:5:14: label value not closed\n"
    path = tmp_path / "metrics"
    path.write_text("# TYPE a counter\na_total -1\n# EOF\n")
    result = check("--format=openmetrics", str(path))
    assert result.returncode == 1
    assert result.stderr == f"{path}:2:1: a counter is a number, not negative\n"


def test_lint_findings_exit_with_3_and_can_be_left_out():
    result = check(text_in="# TYPE requests counter\nrequests 1\n")
    assert result.returncode == 3
    assert result.stderr == ("requests has no help text\n"
                             "requests is a counter, so its name should end in _total\n")
    assert check("--lint=none", text_in="# TYPE requests counter\nrequests 1\n").returncode == 0


def test_extended_counts_series():
    histogram = "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"
    result = check("--extended", text_in=GOOD + histogram)
    assert result.returncode == 0
    rows = [line.split() for line in result.stdout.splitlines()]
    assert rows == [["Metric", "Cardinality", "Percentage"], ["h", "3", "60.00%"],
                    ["up_seconds", "2", "40.00%"], ["Total", "5", "100%"]]


@pytest.mark.parametrize("arguments", [["check"], ["chek", "metrics"], []])
def test_an_unknown_command_shows_what_there_is(arguments):
    result = run_to_end([executable("narthex-tool"), *arguments])
    assert result.returncode == 1
    assert "check metrics" in result.stderr


@pytest.mark.parametrize("arguments", [["--format=xml"], ["--lint=some"], ["/no/such/file"],
                                       ["--nope"], ["a", "b"]])
def test_wrong_arguments_are_refused(arguments):
    result = check(*arguments)
    assert result.returncode == 1
    assert result.stderr


# ---- check config ---------------------------------------------------------------------------

def check_config(*arguments):
    return run_to_end([executable("narthex-tool"), "check", "config", *map(str, arguments)])


JOB = "scrape_configs:\n- job_name: j\n  file_sd_configs: [{files: ['targets/*.json']}]\n"


def test_a_good_config_passes_with_its_files_of_targets(tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text(JOB)
    result = check_config(config)
    assert result.returncode == 0 and "no file is" in result.stderr
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets/a.json").write_text('[{"targets": ["h:1", "h:2"]}]')
    result = check_config(config)
    assert (result.returncode, result.stderr) == (0, "")
    assert f"{tmp_path}/targets/a.json: 2 targets" in result.stdout


def test_a_broken_config_or_file_of_targets_is_named_with_its_place(tmp_path):
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(JOB)
    bad.write_text("global:\n  scrape_interval: soon\n")
    result = check_config(good, bad)
    assert result.returncode == 1
    assert f"{bad}:2:20: not a duration" in result.stderr and f"{good} is valid" in result.stdout
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets/a.json").write_text('[{"targets": ["h/1"]}, {"target": []}]')
    result = check_config(good)
    assert result.returncode == 1 and "a.json:1:25: unknown field" in result.stderr
    assert check_config("--syntax-only", good).returncode == 0


def test_a_section_that_would_do_nothing_is_warned_of_unless_accepted(tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text("rule_files: ['*.rules']\n")
    result = check_config(config)
    assert result.returncode == 0 and "warning: " in result.stderr and "--config.allow-inactive" in result.stderr
    result = check_config("--config.allow-inactive", config)
    assert (result.returncode, result.stderr) == (0, "")


def write_textfile(path, text):
    return run_to_end([executable("narthex-tool"), "textfile-write", path], text_in=text)


def test_a_textfile_is_put_in_place_in_one_step(tmp_path):
    path = tmp_path / "backup.prom"
    assert write_textfile(path, "backups_done 3\n").returncode == 0
    assert path.read_text() == "backups_done 3\n" and path.stat().st_mode & 0o777 == 0o644
    result = write_textfile(path, 'backups_done 4\nbackups_failed{x="} 5\n')
    assert result.returncode == 1
    assert "<stdin>:2:" in result.stderr and "is left as it was" in result.stderr
    assert path.read_text() == "backups_done 3\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["backup.prom"]


def test_a_textfile_that_no_exporter_would_read_is_refused(tmp_path):
    result = write_textfile(tmp_path / "backup.txt", "a 1\n")
    assert result.returncode == 1 and ".prom" in result.stderr
    assert not list(tmp_path.iterdir())
    result = write_textfile(tmp_path / "absent" / "a.prom", "a 1\n")
    assert result.returncode == 1 and "No such file or directory" in result.stderr


def tool(*arguments):
    return run_to_end([executable("narthex-tool"), *arguments])


def test_a_server_is_asked_how_it_is(launch, tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text("")
    server = launch.server(config, tmp_path / "data")
    for page in ("healthy", "ready"):
        result = tool("check", page, f"--url={server.url}/")
        assert (result.returncode, result.stderr) == (0, "") and page in result.stdout
    server.kill()
    result = tool("check", "ready", f"--url={server.url}")
    assert result.returncode == 1 and server.url in result.stderr


def test_web_configs_are_checked(tmp_path):
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text("http_server_config: {headers: {X-Frame-Options: deny}}\n")
    bad.write_text("basic_auth_users: {a: plain}\n")
    assert tool("check", "web-config", str(good)).returncode == 0
    result = tool("check", "web-config", str(good), str(bad))
    assert result.returncode == 1 and str(bad) in result.stderr and "is valid" in result.stdout
    assert tool("check", "web-config").returncode == 1


def test_the_targets_of_a_job_are_shown(tmp_path):
    teller = Target('[{"targets": ["h:2"], "labels": {"dc": "x"}}]', "application/json")
    config = tmp_path / "prometheus.yml"
    config.write_text(f"""scrape_configs:
- job_name: j
  static_configs: [{{targets: ['h:1', 'drop:1']}}]
  http_sd_configs: [{{url: 'http://{teller.address}/'}}]
  relabel_configs: [{{source_labels: [__address__], regex: 'drop:1', action: drop}}]
""")
    result = tool("check", "service-discovery", str(config), "j")
    shown = json.loads(result.stdout)
    assert [entry["discoveredLabels"]["__address__"] for entry in shown] == ["h:1", "drop:1", "h:2"]
    assert [entry["labels"].get("instance") for entry in shown] == ["h:1", None, "h:2"]
    assert shown[2]["labels"] == {"dc": "x", "instance": "h:2", "job": "j"}
    result = tool("check", "service-discovery", str(config), "k")
    assert result.returncode == 1 and 'want one of "j"' in result.stderr
    teller.stop()


def test_configs_are_linted_with_the_exit_codes_of_the_original(tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text("scrape_configs: [{job_name: j, scrape_interval: 10m}]\n")
    result = tool("check", "config", "--lint=all", str(config))
    assert result.returncode == 0 and "not below the lookback" in result.stderr
    fatal = ("check", "config", "--lint-fatal", str(config))
    assert tool(*fatal, "--lint=too-long-scrape-interval,duplicate-rules").returncode == 3
    assert tool(*fatal).returncode == 0 and tool(*fatal, "--lint=none,all").returncode == 0
    assert tool(*fatal, "--lint=some").returncode == 1
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: [{name: g, rules: [{record: r, expr: up}, {record: r, expr: up}]}]\n")
    config.write_text("rule_files: ['rules*.yml']\n")
    duplicate = tool(*fatal)
    assert duplicate.returncode == 3 and "writes to r\n" in duplicate.stderr and "2 rules" in duplicate.stdout
    rules.write_text("groups: [{name: g, rules: [{record: r, expr: 'sum('}]}]\n")
    assert tool("check", "config", str(config)).returncode == 1
    config.write_text("rule_files: [nosuch.yml]\n")
    assert tool("check", "config", str(config)).returncode == 1
    assert tool("check", "config", "--syntax-only", str(config)).returncode == 0
    assert tool("check", "config", "--syntax-only", "--agent", str(config)).returncode == 1


def test_what_a_server_tells_of_itself_is_collected(launch, tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text("scrape_configs:\n- {job_name: j, basic_auth: {username: u, password: hunter2}}\n")
    server = launch.server(config, tmp_path / "data")
    archive = tmp_path / "debug.tar.gz"
    done = run_to_end([executable("narthex-tool"), "debug", "all", server.url, f"--output={archive}"])
    assert done.returncode == 0, done.stderr
    with tarfile.open(archive) as files:
        content = {member.name: files.extractfile(member).read().decode() for member in files}
    assert "prometheus_build_info" in content["metrics.txt"]
    assert json.loads(content["flags.json"])["data"]["storage.tsdb.path"] == str(tmp_path / "data")
    assert "hunter2" not in "".join(content.values()) and len(content) > 8
    broken = run_to_end([executable("narthex-tool"), "debug", "metrics", f"127.0.0.1:{free_port()}",
                         f"--output={tmp_path}/none.tar.gz"])
    assert broken.returncode == 1 and len(broken.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.glob("*tar*")) == ["debug.tar.gz"]
