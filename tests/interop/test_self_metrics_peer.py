"""What the server tells of itself beside prometheus 3.5: names, types and labels that dashboards and alerts ask for."""

import json
import re

from harness import get, get_json, poll

# What prometheus has and we have not, and why. An entry that fits nothing fails.
MISSING = {
    r"go_\w+": "no Go",
    r"net_conntrack_\w+": "the library of its connections",
    r"process_network_\w+": "of the whole machine's network, whatever the name says",
    r"promhttp_\w+": "prometheus_http_requests_total counts /metrics like all else",
    r"prometheus_api_notification_\w+": "notifications are read, not queued",
    r"prometheus_(rule|template|notifications)_\w+": "no rules are evaluated",
    r"prometheus_remote_\w+": "no remote storage",
    r"prometheus_sd_(kubernetes|linode)_\w+": "not discovered",
    r"prometheus_treecache_\w+": "not discovered",
    r"prometheus_sd_failed_configs": "a configuration with one is refused",
    r"prometheus_sd_updates_delayed_total": "none is delayed",
    r"prometheus_sd_file_watcher_errors_total": "logged at the start; files are read at their interval then",
    r"prometheus_target_scrape_pool(_reload)?s_failed_total": "a configuration that fails is refused whole",
    r"prometheus_target_scrape_pool_symboltable_items": "jobs have no table of symbols",
    r"prometheus_target_scrapes_cache_flush_forced_total": "the cache does not grow while scrapes fail",
    r"prometheus_tsdb_checkpoint_deletions(_failed)?_total": "part of making one",
    r"prometheus_tsdb_compactions_skipped_total": "compactions cannot be switched off",
    r"prometheus_tsdb_head_series_not_found_total": "refs are not asked for from outside",
    r"prometheus_tsdb_snapshot_replay_error_total": "no snapshots of memory",
    r"prometheus_tsdb_wal_record_\w+": "of one compression at a time; narthex_tsdb_wal_written_bytes_total is what is written",
    r"prometheus_web_federation_\w+": "prometheus_http_requests_total counts them by code",
}

# Families whose labels differ.
OTHER_LABELS = {
    "prometheus_build_info": "no Go",
    "prometheus_sd_file_mtime_seconds": "the same label, once there is a file",
}


def families(text):
    """By name: the type, and the sets of names of labels."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    labels = {}
    for name, inside in re.findall(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$", text, re.M):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        family = base if types.get(base) in ("histogram", "summary") else name
        names = set(re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', inside)) - {"le", "quantile"}
        labels.setdefault(family, set()).add(frozenset(names))
    return {name: (types.get(name), found) for name, found in labels.items()}


def test_metrics_of_prometheus_are_there_but_for_those_with_a_reason(launch, tmp_path, notice):
    groups = tmp_path / "targets.json"
    config = tmp_path / "p.yml"
    found = []
    for start in (launch.server, launch.peer_prometheus):
        groups.write_text("[]")
        config.write_text(f"""
global: {{scrape_interval: 1s}}
scrape_configs:
- job_name: self
  file_sd_configs: [{{files: ['{groups}'], refresh_interval: 1s}}]
""")
        server = start(config, tmp_path / start.__name__)
        groups.write_text(json.dumps([{"targets": [server.url.removeprefix("http://")]}]))
        poll(lambda: get_json(server.url + "/api/v1/query", query="count_over_time(up[1m]) > 2")["data"]["result"],
             "three scrapes", timeout=30, interval=0.2)
        found.append(families(get(server.url + "/metrics").text))
    ours, theirs = found
    unused = dict(MISSING)
    missing = []
    for name in theirs.keys() - ours.keys():
        fitting = [pattern for pattern in MISSING if re.fullmatch(pattern, name)]
        for pattern in fitting:
            unused.pop(pattern, None)
        if not fitting:
            missing.append(name)
    assert not missing, f"prometheus has these too: {sorted(missing)}"
    assert not unused, "entries that fit nothing"
    shared = ours.keys() & theirs.keys()
    differing = {name: (ours[name], theirs[name]) for name in shared - OTHER_LABELS.keys() if ours[name] != theirs[name]}
    assert not differing, differing
    notice(f"{len(shared)} families of the same name, type and labels, {len(theirs) - len(shared)} left out for a reason")
