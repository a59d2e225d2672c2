"""Work spread by Dask: over processes of this machine, or over a cluster that is there already."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from piaskit.errors import InvalidData, Issue, Place, quote

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from distributed import Client

WAIT = 20  # seconds to reach a scheduler
ATTEMPTS = 5  # workers that may die under one case before it is given up


@contextmanager
def open_client(workers: int | None = None, scheduler: str = "") -> Iterator[Client]:
    """Connect to a Dask scheduler by its address, or start ``workers`` processes here.

    Raises
    ------
    InvalidData
        ``extra-missing`` without the extra ``portfolio``, ``no-scheduler`` when nobody answers.
    """
    if importlib.util.find_spec("distributed") is None:
        message = "needs the packages of the extra portfolio"
        hint = 'pip install "piaskit[portfolio]"'
        raise InvalidData([Issue("extra-missing", Place("distributed"), message, None, hint)])
    import dask
    from distributed import Client, LocalCluster

    with ExitStack() as stack:
        stack.enter_context(
            dask.config.set(
                {
                    "distributed.scheduler.allowed-failures": ATTEMPTS,
                    "distributed.worker.daemon": False,  # each worker has a warm process of its own
                    "distributed.admin.low-level-log-length": 0,
                }
            )
        )
        target: Any = scheduler
        if not scheduler:
            cluster = LocalCluster(
                n_workers=workers or 1,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                host="127.0.0.1",
                memory_limit=0,  # a case's memory is that of its fork, which has its own limit
                silence_logs="CRITICAL",
            )
            target = stack.enter_context(cluster)
        try:
            client = Client(target, timeout=WAIT, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            message = f"no scheduler answers: {type(error).__name__}"
            place = Place("parameters", column="scheduler")
            hint = "an address is like tcp://10.0.0.5:8786"
            raise InvalidData(
                [Issue("no-scheduler", place, message, quote(scheduler), hint)]
            ) from None
        yield stack.enter_context(client)


def spread(
    client: Client, do: Callable[[Any], Any], jobs: Sequence[Any], give_up: Callable[[Any], Any]
) -> Iterator[tuple[Any, Any]]:
    """Yield each job with its result as it ends; a job whose workers died goes to another one.

    One that took ``ATTEMPTS`` workers with it gets the result of ``give_up``.
    """
    from distributed import KilledWorker, as_completed

    futures = {client.submit(do, job, pure=False): job for job in jobs}
    for future in as_completed(futures, loop=client.loop):
        try:
            result = future.result()
        except KilledWorker:
            result = give_up(futures[future])
        yield futures[future], result
        future.release()


@contextmanager
def open_executor(workers: int = 1, scheduler: str = "") -> Iterator[Executor | None]:
    """Yield what simulations share their trials among: threads here, a cluster, or nothing.

    None changes a number: each trial has its own stream.
    """
    if scheduler:
        with open_client(scheduler=scheduler) as client:
            yield client.get_executor(pure=False)
    elif workers > 1:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(workers) as pool:
            yield pool
    else:
        yield None
