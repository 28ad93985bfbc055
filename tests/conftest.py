"""Says which tests may run beside each other, where several processes share the work.

Simulated devices stand at fixed addresses of loopback, so that two tests of one adapter, or of
one folder, never run at once.
"""

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.xdist_group(group_of(item)))


def group_of(item: pytest.Item) -> str:
    """Return the name that tests share which must not run at once."""
    folder, _, file = item.path.as_posix().rpartition("/tests/")[2].partition("/")
    if folder != "contract":
        return folder if folder in TOGETHER else f"{folder}/{file}"
    callspec = getattr(item, "callspec", None)
    named = callspec.params.get("case") if callspec else None
    return f"contract/{named or file.removeprefix('test_').split('_')[0].removesuffix('.py')}"


TOGETHER = ("house", "simulators", "discovery", "docs")
"""Folders whose tests share addresses; `docs` runs the contract of a device of its own."""
