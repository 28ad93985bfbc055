"""Says which tests may run beside each other, where two processes share the work.

Simulated devices stand at fixed addresses of loopback, so that two tests of one adapter, or of
one folder that has such devices, never run at once. (pytest-xdist 3.8 has groups for that, which
pytest 9.2 does not heed any more.)
"""

import re
from typing import Any

import pytest

TOGETHER = ("house", "simulators", "discovery", "docs")
"""Folders whose tests share addresses; `docs` runs the contract of a device of its own."""
_NODE = re.compile(r"tests/(?P<folder>\w+)/(?P<file>\w+)\.py::\w+(\[(?P<case>\w+))?")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class ByAddress(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByAddress(config, log)


def group_of(nodeid: str) -> str:
    """Return the name that tests share which must not run at once."""
    found = _NODE.match(nodeid)
    if found is None:
        return nodeid.partition("::")[0]
    folder, file, case = found["folder"], found["file"], found["case"]
    if folder in TOGETHER:
        return folder
    if folder == "adapters":
        return "contract/mqtt"
    if folder != "contract":
        return f"{folder}/{file}"
    own = file.removeprefix("test_").split("_")[0]
    return f"contract/{(case or own) if own in OF_ALL else own}"


OF_ALL = ("cases", "close", "faults", "login", "power", "states")
"""Files of the contract that are given every adapter."""
