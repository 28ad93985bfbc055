"""docs/adding-an-adapter.md: its code is taken from the page, and keeps the whole contract."""

import inspect
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway import acting, links, readback
from gateway.adapter import Adapter
from gateway.device import Device
from gateway.errors import DeviceRefused, GatewayError, NeedsSetup, TimedOut, Unreachable

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-an-adapter.md").read_text("utf-8")
BLOCK = re.compile(r"^`([\w.]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULES = {"toy_adapter.py", "toy_lamp.py", "toy_case.py"}
SUITE = ("-m", "pytest", "tests/contract", "-q", "-p", "no:cacheprovider")
AT_LEAST = 20
"""Points that must have run: a suite that runs nothing passes too."""

LOADED = """
import sys
from pathlib import Path

from cli import adapters
from gateway.settings import load

adapters.BUILTIN = ()
(toy,) = adapters.load_adapters(load(Path(sys.argv[1]), {}), []).adapters
print(toy.name, toy.settings.hosts)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The files of the page, installed as another's package is."""
    files = dict(BLOCK.findall(PAGE))
    assert set(files) == MODULES | {"pyproject.toml", "homeport.toml"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    project = tomllib.loads(files["pyproject.toml"])["project"]
    about = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir()
    naming = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (about / "METADATA").write_text(naming, "utf-8")
    points = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in project["entry-points"].items()
    ]
    (about / "entry_points.txt").write_text("\n".join(points), "utf-8")
    return tmp_path


def python(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in this project, as the page says, with the package in its path."""
    own = {"PYTHONPATH": str(package), "HOMEPORT_CONTRACT_CASES": "toy=toy_case:ToyCase"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **own, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="needs several addresses on loopback")
def test_the_adapter_of_the_page_keeps_the_contract(package: Path) -> None:
    report = package / "report.xml"
    run = python(package, *SUITE, "-k", "toy", f"--junitxml={report}")
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    cases = list(ElementTree.parse(report).iter("testcase"))
    skipped = [one.get("message", "") for case in cases for one in case.iter("skipped")]
    assert len(cases) - len(skipped) >= AT_LEAST
    assert all(reason.startswith("not applicable: ") for reason in skipped), skipped
    assert "points of the contract that do not apply" in run.stdout


def test_the_suite_fails_an_adapter_that_breaks_the_contract(package: Path) -> None:
    with (package / "toy_adapter.py").open("a", encoding="utf-8") as adapter:
        adapter.write("asyncio.new_event_loop().close()\n")
    point = "toy and test_importing_and_making_it_does_no_io"
    run = python(package, *SUITE, "-k", point)
    assert run.returncode == 1, run.stdout[-4000:]


def test_the_adapter_of_the_page_is_loaded_by_its_entry_point(package: Path) -> None:
    run = python(package, "-c", LOADED, str(package / "homeport.toml"))
    assert run.stdout.strip() == "toy ['192.168.1.50']", run.stderr[-2000:]


def test_the_page_names_all_that_an_adapter_can_say() -> None:
    said = {*vars(Adapter), *Adapter.__annotations__} - {"settings", "network"}
    said |= set(inspect.signature(Device).parameters)
    missing = {name for name in said if not name.startswith("_") and not named(name)}
    assert missing == set()


def test_the_page_names_the_errors_and_the_times_of_the_core() -> None:
    errors: list[type[GatewayError]] = [Unreachable, DeviceRefused, NeedsSetup, TimedOut]
    assert all(f"| `{error.__name__}` |" in PAGE for error in errors)
    times = (
        links.FIRST_RETRY,
        links.LONGEST_RETRY,
        links.SETUP_RETRY,
        links.CONNECT_WITHIN,
        acting.ANSWER_WITHIN,
        inspect.signature(readback.ask).parameters["within"].default,
    )
    assert [f"{seconds:g} s" for seconds in times if f"{seconds:g} s" not in PAGE] == []


def named(word: str) -> bool:
    return re.search(rf"\b{word}\b", PAGE) is not None
