"""Cases spread by Dask, and cases in a store."""

from pathlib import Path
from typing import Any

import pytest
from distributed import Client, KilledWorker

from piaskit.errors import InvalidData
from piaskit.runs import cluster, store
from piaskit.runs.cluster import open_client, open_executor, spread
from piaskit.runs.store import fetch, find_remote_cases, open_store, put, take_turn_at


def double(number: int) -> int:
    return 2 * number


def test_jobs_and_simulations_share_a_cluster_that_is_there() -> None:
    with Client(processes=False, dashboard_address=":0", set_as_default=False) as there:
        address = there.scheduler.address
        with open_client(scheduler=address) as client:
            assert dict(spread(client, double, [1, 2, 3], double)) == {1: 2, 2: 4, 3: 6}
        with open_executor(scheduler=address) as executor:
            assert executor is not None
            assert list(executor.map(pow, [2, 3], [3, 2])) == [8, 9]


def test_a_job_that_takes_worker_after_worker_with_it_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Gone:
        def result(self) -> int:
            raise KilledWorker("job", None, 6)

        def release(self) -> None: ...

    class Scheduler:
        loop = None

        def submit(self, *_: Any, **__: Any) -> Gone:
            return Gone()

    monkeypatch.setattr("distributed.as_completed", lambda futures, loop: iter(futures))
    client: Any = Scheduler()

    assert list(spread(client, double, [7], lambda job: -job)) == [(7, -7)]


def test_threads_or_nothing_serve_simulations_here() -> None:
    with open_executor(2) as executor:
        assert executor is not None
        assert list(executor.map(abs, [-1])) == [1]
    with open_executor() as executor:
        assert executor is None


def test_a_scheduler_that_does_not_answer_and_a_missing_extra_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "WAIT", 0.2)
    with (
        pytest.raises(InvalidData, match="scheduler: no scheduler answers"),
        open_client(scheduler="tcp://127.0.0.1:9"),
    ):
        pass
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InvalidData, match=r"distributed: needs the packages .*piaskit\[portfolio"):
        open_client(workers=1).__enter__()
    with pytest.raises(InvalidData, match="fsspec: needs the packages of the extra"):
        open_store("s3://bucket")


def test_cases_in_a_store_are_found_and_come_back_as_they_are(tmp_path: Path) -> None:
    for id in ("a", "asia/b", "a/kept/old"):
        (tmp_path / "root" / id).mkdir(parents=True)
        (tmp_path / "root" / id / "case.yaml").write_text(id, "utf-8")
    root = f"file://{tmp_path}/root"

    assert list(find_remote_cases(root)) == ["a", "asia/b"]
    fetch(f"{root}/asia", tmp_path / "near")
    assert (tmp_path / "near" / "b" / "case.yaml").read_text("utf-8") == "asia/b"

    (tmp_path / "near" / "new.txt").write_text("x", "utf-8")
    (tmp_path / "near" / "b" / "case.yaml").unlink()
    put(tmp_path / "near", f"{root}/asia", last="new.txt")
    assert [p.name for p in (tmp_path / "root" / "asia").rglob("*") if p.is_file()] == ["new.txt"]


def test_the_manifest_is_put_after_what_it_seals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("manifest.json", "public/manifest.json", "public/z.html", "a.json"):
        (tmp_path / "here" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "here" / name).write_text(name, "utf-8")
    system, _ = open_store(f"file://{tmp_path}")
    order: list[str] = []
    monkeypatch.setattr(
        type(system), "put_file", lambda _, near, far: order.append(Path(near).name + far[-6:])
    )

    put(tmp_path / "here", f"file://{tmp_path}/there", last="manifest.json")

    assert len(order) == 4
    assert [name.startswith("manifest.json") for name in order] == [False, False, True, True]


def test_a_turn_in_a_store_takes_the_case_and_brings_back_report_and_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "root" / "asia" / "b").mkdir(parents=True)
    (tmp_path / "root" / "asia" / "b" / "case.yaml").write_text("b", "utf-8")
    seen: list[str] = []

    def turn(id: str, case: str, out: str, **_: Any) -> dict[str, Any]:
        seen.append((Path(case) / "case.yaml").read_text("utf-8") + Path(case).name)
        for name in (f"cases/{id}/manifest.json", f"state/{id}/state.json"):
            (Path(out) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(out) / name).write_text("{}", "utf-8")
        return {"id": id, "status": "done"}

    monkeypatch.setattr(store, "take_turn", turn)
    base, out = tmp_path / "root", f"file://{tmp_path}/out"
    job = {"id": "asia/b", "case": f"file://{base}/asia/b", "out": out, "options": {}}

    assert take_turn_at(job) == {"id": "asia/b", "status": "done"}
    assert seen == ["bb"]
    found = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.json")}
    assert found == {"cases/asia/b/manifest.json", "state/asia/b/state.json"}
