"""The files of this project, without what git ignores."""

from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "gateway",
    "adapters",
    "mcp_server",
    "openapi",
    "cli",
    "senders",
    "simulators",
    "bench",
    "tests",
)
IGNORED = [".git", *(line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split())]


def files(suffix: str = "") -> list[Path]:
    """Every file whose name ends so, by its path from the root."""
    return sorted(path.relative_to(ROOT) for path in _below(ROOT) if path.name.endswith(suffix))


def read(path: Path | str) -> str:
    return (ROOT / path).read_text("utf-8")


def _below(folder: Path) -> list[Path]:
    found = []
    for path in folder.iterdir():
        if _ignored(path):
            continue
        found += _below(path) if path.is_dir() else [path]
    return found


def _ignored(path: Path) -> bool:
    whole = path.relative_to(ROOT).as_posix()
    return any(fnmatch(path.name, pattern) or whole == pattern for pattern in IGNORED)
