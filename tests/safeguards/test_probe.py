"""What a probe sees of a service: all on this machine, in one good and many bad ways."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import ssl
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import piaskit
from piaskit.errors import InvalidData
from piaskit.safeguards import judge_safeguards
from piaskit.safeguards.probe import Probe, probe_hosts

from .tls_server import NOW, Authority, Setup, make_rsa_key, serve

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
TODAY = date.today()
GOOD = Setup()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def stay_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test leaves the machine: whatever would connect elsewhere fails."""
    connect = socket.create_connection

    def connect_here(address: tuple[str, int], *rest: Any) -> socket.socket:
        assert address[0] in ("localhost", "127.0.0.1"), address
        return connect(("127.0.0.1", address[1]), *rest)

    monkeypatch.setattr(socket, "create_connection", connect_here)


def look(authority: Authority, setup: Setup, **more: Any) -> Probe:
    with serve(authority, setup) as (port, plain, _):
        usual = {"ca": authority.file, "http_port": plain, "as_of": TODAY, "timeout": 5.0}
        return probe_hosts([f"localhost:{port}"], **{**usual, **more})


def list_findings(probe: Probe) -> list[str]:
    return [finding.hit.rule.id for finding in probe.looks[0].findings]


def test_a_good_service_is_seen_as_it_is_and_gives_no_finding(authority: Authority) -> None:
    probe = look(authority, GOOD)
    facts = probe.looks[0].facts

    assert probe.failed == ()
    assert list_findings(probe) == []
    assert [facts[f"tls1_{n}"] for n in range(4)] == ["no", "no", "yes", "yes"]
    assert facts["cipher"].startswith("TLSv1.3 TLS_")
    assert (facts["chain"], facts["host_matches"], facts["self_signed"]) == ("ok", True, False)
    assert (facts["key_type"], facts["key_bits"], facts["signature"]) == ("EC", 256, "sha256")
    assert facts["days_left"] == (GOOD.ends.date() - TODAY).days
    assert (facts["https"], facts["hsts_max_age"]) == (True, 31_536_000)
    assert (facts["plain_http"], facts["plain_target"]) == ("redirects", "localhost")


@pytest.mark.parametrize(
    ("setup", "slugs"),
    [
        pytest.param(GOOD.but(ends=NOW - timedelta(days=3)), ["certificate-expired"], id="expired"),
        pytest.param(
            GOOD.but(issued_by_itself=True), ["certificate-self-signed"], id="self-signed"
        ),
        pytest.param(
            GOOD.but(names=("other.example",)), ["certificate-wrong-host"], id="wrong-host"
        ),
        pytest.param(
            GOOD.but(oldest=ssl.TLSVersion.TLSv1, ciphers="ECDHE+AES:!eNULL:@SECLEVEL=0"),
            ["old-tls-version"],
            id="old-version",
        ),
        pytest.param(
            GOOD.but(ciphers="ECDHE+AESGCM:ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"),
            ["weak-cipher"],
            id="weak-cipher",
        ),
        pytest.param(GOOD.but(headers=()), ["no-hsts"], id="no-hsts"),
        pytest.param(GOOD.but(redirects=False), ["no-redirect"], id="no-redirect"),
        pytest.param(GOOD.but(key=make_rsa_key(1024)), ["short-key"], id="short-key"),
        pytest.param(
            GOOD.but(key=make_rsa_key(2048), ciphers="AES128-GCM-SHA256:ECDHE+AESGCM:@SECLEVEL=0"),
            ["no-forward-secrecy"],
            id="static-key-exchange",
        ),
        pytest.param(
            GOOD.but(headers=(*GOOD.headers[:1], ("Set-Cookie", "sid=secret-value"))),
            ["cookie-without-flags"],
            id="bare-cookie",
        ),
        pytest.param(
            GOOD.but(issued_by_itself=True, headers=(), names=("other.example",)),
            ["certificate-self-signed", "certificate-wrong-host", "no-hsts"],
            id="three-at-once",
        ),
    ],
)
def test_each_bad_configuration_is_named_and_nothing_else(
    authority: Authority, setup: Setup, slugs: list[str]
) -> None:
    assert list_findings(look(authority, setup)) == slugs


def test_an_authority_that_nobody_knows_is_told(authority: Authority) -> None:
    assert list_findings(look(authority, GOOD, ca=None)) == ["certificate-untrusted"]


def test_the_value_of_a_cookie_is_kept_nowhere(authority: Authority) -> None:
    setup = GOOD.but(headers=(("Set-Cookie", "sid=secret-value"),))

    told = json.dumps(look(authority, setup).to_dict(), ensure_ascii=False)

    assert "sid" in told
    assert "secret-value" not in told


def test_no_redirect_is_followed_and_one_page_is_asked_for(authority: Authority) -> None:
    with serve(authority, GOOD) as (port, plain, asked):
        probe_hosts(
            [f"localhost:{port}"], ca=authority.file, http_port=plain, as_of=TODAY, timeout=5.0
        )

    assert asked == ["/"]


def test_an_answer_is_kept_as_evidence_with_the_row_that_cites_it(
    authority: Authority, tmp_path: Path
) -> None:
    case = tmp_path / "shop"
    shutil.copytree(MARKETPLACE, case)

    probe = look(authority, GOOD, into=case, scope="systems/s-web")

    kept = probe.looks[0].evidence
    assert kept is not None
    data = (case / kept["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == kept["sha256"]
    assert json.loads(data)["facts"]["tls1_3"] == "yes"
    read = piaskit.read_case(case, as_of=TODAY)
    row = read.frames["safeguards"].iloc[-1]
    assert (row["control"], row["scope"], row["status"]) == (
        "encryption.in-transit",
        "systems/s-web",
        "in-place",
    )
    assert row["expires_on"] == pd.Timestamp(GOOD.ends.date())
    assert judge_safeguards(read)["state"].iloc[-1] == "verified"


def test_a_second_probe_of_the_day_leaves_the_first_evidence_as_it_is(
    authority: Authority, tmp_path: Path
) -> None:
    case = tmp_path / "shop"
    piaskit.new_case(case)
    with serve(authority, GOOD) as (port, plain, _):
        more: dict[str, Any] = {"ca": authority.file, "http_port": plain, "as_of": TODAY}
        for _ in range(2):
            probe_hosts([f"localhost:{port}"], into=case, timeout=5.0, **more)

    assert len(list((case / "evidence").glob("probe-*.json"))) == 2
    assert piaskit.check_case(case).issues == ()


def test_what_was_found_wrong_is_only_partly_in_place(authority: Authority, tmp_path: Path) -> None:
    case = tmp_path / "shop"
    piaskit.new_case(case)

    probe = look(authority, GOOD.but(headers=()), into=case)

    assert probe.looks[0].rows["safeguards"][0]["status"] == "partly"


def read_all(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_probe_that_cannot_run_says_so_and_changes_nothing(tmp_path: Path) -> None:
    case = tmp_path / "shop"
    piaskit.new_case(case)
    before = read_all(case)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    probe = probe_hosts([f"localhost:{port}"], into=case, as_of=TODAY, timeout=1.0)

    assert probe.looks == ()
    assert probe.failed[0]["id"] == f"localhost:{port}"
    assert probe.failed[0]["because"].startswith("no connection: ")
    assert read_all(case) == before


def test_a_case_that_cannot_keep_the_answer_is_refused_before_anybody_is_asked(
    authority: Authority, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    with (
        serve(authority, GOOD) as (port, plain, asked),
        pytest.raises(InvalidData, match="there is no such folder"),
    ):
        probe_hosts([f"localhost:{port}"], into=gone, http_port=plain)

    assert asked == []


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        (b"", "it did not answer within the time given"),
        (b"SSH-2.0-OpenSSH_9\r\n", "it does not speak a TLS that this machine understands"),
    ],
)
def test_a_service_that_keeps_silent_or_speaks_otherwise_does_not_hold_us_up(
    answer: bytes, because: str
) -> None:
    lines: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                lines.append(line)
                if answer:
                    line.sendall(answer)

        threading.Thread(target=accept, daemon=True).start()
        port = server.getsockname()[1]
        probe = probe_hosts([f"localhost:{port}"], as_of=TODAY, timeout=0.3)
    for line in lines:
        line.close()

    assert probe.failed[0]["because"] == because


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("two words", "HOST: two words is no host (write name or name:port)"),
        ("shop.example:http", "HOST: shop.example:http is no host (write name or name:port)"),
        ("shop.example:70000", "HOST: shop.example:70000 is no host (write name or name:port)"),
        ("ann:secret@shop.example", "HOST: *** is no host (write name or name:port)"),
        (
            "ftp://ann:secret@shop.example",
            "HOST: ftp is nothing to look at (hosts are name, name:port, https://..., "
            "postgresql://... or mysql://...)",
        ),
        (
            "postgresql:///shop",
            "HOST: this is no URL of a database (postgresql://user@host:5432/database)",
        ),
    ],
)
def test_what_is_no_host_is_refused_without_repeating_a_secret(host: str, told: str) -> None:
    with pytest.raises(InvalidData) as refused:
        probe_hosts([host], as_of=TODAY)

    assert [str(issue) for issue in refused.value.issues] == [told]


def test_a_scope_that_names_nothing_is_refused_before_anything_is_written(
    authority: Authority, tmp_path: Path
) -> None:
    case = tmp_path / "shop"
    piaskit.new_case(case)
    before = read_all(case)

    with pytest.raises(InvalidData, match="systems/gone names nothing in the case"):
        look(authority, GOOD, into=case, scope="systems/gone")

    assert read_all(case) == before


def test_a_probe_shows_itself_with_foreign_text_escaped(authority: Authority) -> None:
    setup = GOOD.but(headers=(("Set-Cookie", "<b>=1"),))

    shown = look(authority, setup, lang="zh")._repr_html_()

    assert "Strict-Transport-Security" in shown
    assert "<b>" not in shown
