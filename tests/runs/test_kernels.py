"""Kernels that are started before they are needed: the right one is taken, none is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from piaskit.runs import kernels
from piaskit.runs.kernels import Kernel, expect_kernels, leave_kernels, take_kernel


@pytest.fixture
def started() -> Iterator[None]:
    yield
    leave_kernels()


@pytest.mark.usefixtures("started")
def test_an_expected_kernel_is_taken_by_who_asks_for_its_lines_and_the_others_end() -> None:
    expect_kernels(2, ["first = 1"])
    left, expected = kernels._EXPECTED["first = 1",]

    with take_kernel(["first = 1"]) as taken, take_kernel(["second = 2"]) as new:
        assert taken is expected
        assert new not in (expected, left)
    leave_kernels()

    for kernel in (taken, new, left):
        assert kernel.process.poll() is not None
        assert not Path(kernel.file).parent.exists()


def test_a_kernel_that_has_ended_may_be_closed_again() -> None:
    with Kernel() as kernel:
        kernel.close()

    assert kernel.process.poll() is not None
