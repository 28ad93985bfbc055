"""How the files of this project have to look, beyond what ruff, mypy and import-linter see."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.project import PACKAGES, files, read

MODULES = [path.as_posix() for path in files(".py") if path.parts[0] in PACKAGES]
LONGEST = 300
EMPTY_WORDS = {"manager", "helper", "helpers", "util", "utils", "base"}

BROAD = {
    "gateway/boundary.py": "what adapters and their libraries raise ends here, as a typed error",
    "gateway/local.py": "the last boundary: no caller ever sees a traceback",
    "gateway/store.py": "handed to the caller whose work it was; the writer's thread must live",
    "mcp_server/server.py": "the SDK would answer with whatever the exception says",
    "simulators/lan.py": "raised again, once what was built of the network is torn down",
}
"""The only places that catch everything, and why."""

REGISTRIES = re.compile(r"\b(pypi\.org|pythonhosted\.org|npmjs\.(org|com))\b")
INDEXES = re.compile(r"--(extra-)?index-url|--registry[ =]|\b(PIP|UV)_\w*INDEX|_auth[T]oken")
OF_A_MACHINE = re.compile(r"(?<![\w.:/~-])/(root|work|home|Users)/[\w.]")
FOREIGN = {"registry": REGISTRIES, "index": INDEXES, "machine": OF_A_MACHINE}


def test_a_file_can_be_read_in_one_sitting() -> None:
    lengths = {module: len(read(module).splitlines()) for module in MODULES}
    assert {module: length for module, length in lengths.items() if length > LONGEST} == {}


def test_a_name_says_what_a_thing_is() -> None:
    named = {f"{module}: {name}": words(name) for module in MODULES for name in names(module)}
    assert [name for name, its_words in named.items() if its_words & EMPTY_WORDS] == []


def test_everything_is_caught_at_the_boundaries_and_nowhere_else() -> None:
    assert {module for module in MODULES if catches_everything(module)} == set(BROAD)


def test_no_file_knows_a_registry_or_a_machine() -> None:
    found = []
    for path in files():
        for number, line in enumerate(text(path).splitlines(), 1):
            found += [f"{path}:{number}: {what}" for what in FOREIGN if FOREIGN[what].search(line)]
    assert found == []


def names(module: str) -> Iterator[str]:
    """The names of a module and of its classes."""
    yield Path(module).stem
    for node in ast.walk(ast.parse(read(module))):
        if isinstance(node, ast.ClassDef):
            yield node.name


def words(name: str) -> set[str]:
    """The words of a name in either spelling."""
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def catches_everything(module: str) -> bool:
    """Whether everything is caught, or suppressed, somewhere in a module."""
    caught: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(read(module))):
        if isinstance(node, ast.ExceptHandler):
            caught.append(node.type)
        if isinstance(node, ast.Call) and "suppress" in ast.unparse(node.func):
            caught += node.args
    return any(one is None or is_everything(one) for one in caught)


def is_everything(caught: ast.expr) -> bool:
    inside = (node.id for node in ast.walk(caught) if isinstance(node, ast.Name))
    return any(name in ("Exception", "BaseException") for name in inside)


def text(path: Path) -> str:
    """What stands in a file; nothing where it is not text."""
    try:
        return read(path)
    except UnicodeDecodeError:
        return ""
