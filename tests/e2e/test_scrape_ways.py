"""Scrapes by way of a proxy, and with a token from an OAuth 2.0 server."""

import base64

import pytest

from harness import get_json, poll, query
from http_recorder import Tokens, record  # noqa: F401

GLOBAL = "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n"


def last_error(server):
    [target] = get_json(server.url + "/api/v1/targets")["data"]["activeTargets"]
    return target["lastError"]


def start(launch, tmp_path, job, *arguments, prefix=()):
    config = tmp_path / "prometheus.yml"
    config.write_text(GLOBAL + "- job_name: j\n" + job)
    return launch.server(config, tmp_path / "data", *arguments, prefix=prefix)


def test_a_proxy_is_asked_for_the_targets_url(launch, tmp_path, record):
    proxy = record(lambda request: request.reply(200, "through_proxy 1\n"))
    server = start(launch, tmp_path, f"  proxy_url: http://user:hunter2@{proxy.address}\n"
                   "  static_configs: [{targets: ['nowhere.invalid:81']}]\n")
    poll(lambda: query(server.url, "through_proxy"), "the proxy's answer is stored")
    _, path, headers, _ = proxy.seen[0]
    assert path == "http://nowhere.invalid:81/metrics"
    assert headers["Proxy-Authorization"] == "Basic " + base64.b64encode(b"user:hunter2").decode()
    assert "hunter2" not in server.log


def test_a_proxy_is_asked_for_a_tunnel_with_its_headers(launch, tmp_path, record):
    proxy = record(lambda request: request.reply(403, "no"))
    server = start(launch, tmp_path, f"  scheme: https\n  proxy_url: http://{proxy.address}\n"
                   "  proxy_connect_header: {X-Why: [metrics]}\n  http_headers: {X-Inner: {values: [secret]}}\n"
                   "  static_configs: [{targets: ['nowhere.invalid:81']}]\n")
    poll(lambda: proxy.seen, "the proxy is asked")
    command, path, headers, _ = proxy.seen[0]
    assert (command, path, headers["X-Why"]) == ("CONNECT", "nowhere.invalid:81", "metrics")
    assert "X-Inner" not in headers
    poll(lambda: "403" in last_error(server), "the target tells of the proxy's answer")


def test_the_environment_can_name_the_proxy(launch, tmp_path, record):
    proxy = record(lambda request: request.reply(200, "through_proxy 1\n"))
    direct = record(lambda request: request.reply(200, "direct 1\n"))
    server = start(launch, tmp_path, "  proxy_from_environment: true\n"
                   f"  static_configs: [{{targets: ['nowhere.invalid:81', '{direct.address}']}}]\n",
                   prefix=["env", f"HTTP_PROXY=http://{proxy.address}"])
    poll(lambda: query(server.url, "through_proxy") and query(server.url, "direct"), "both are scraped")


@pytest.mark.parametrize("by", ["header", "form"])
def test_a_token_is_fetched_once_and_shown(launch, tmp_path, record, by):
    tokens = Tokens(record, by)
    target = record(lambda request: request.reply(200, f'seen{{auth="{request.headers["Authorization"]}"}} 1\n'))
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    server = start(launch, tmp_path, f"""  oauth2:
    client_id: me
    client_secret_file: {secret}
    token_url: http://{tokens.recorder.address}/token
    scopes: [a, b]
  static_configs: [{{targets: ['{target.address}']}}]
""")
    poll(lambda: query(server.url, "count_over_time(seen[1m]) > 3"), "several scrapes")
    assert {labels["auth"] for labels, _ in query(server.url, "seen")} == {"Bearer t1"}
    assert tokens.count == 1 and "scope=a+b" in tokens.recorder.seen[-1][3]
    secret.write_text("hunter2\n\n")  # a changed file asks for another token
    poll(lambda: query(server.url, 'seen{auth="Bearer t2"}'), "a new token")


def test_a_target_without_a_token_says_why(launch, tmp_path, record):
    tokens = Tokens(record, "header")
    target = record(lambda request: request.reply(200, "seen 1\n"))
    server = start(launch, tmp_path, f"  oauth2: {{client_id: me, client_secret: wrong,"
                   f" token_url: 'http://{tokens.recorder.address}/t'}}\n"
                   f"  static_configs: [{{targets: ['{target.address}']}}]\n")
    poll(lambda: "oauth2: no token from" in last_error(server) and "401" in last_error(server), "the reason")
    assert target.seen == [] and "wrong" not in server.log
