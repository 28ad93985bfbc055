"""A private file is whole or as it was, and nothing lies beside it."""

import resource
import signal
from pathlib import Path

import pytest

from gateway.private import write_private


def test_a_file_and_its_new_folder_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.json"
    write_private(path, "ä")
    assert path.read_text("utf-8") == "ä"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_file_that_others_could_read_is_replaced_by_one_that_they_cannot(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)


def test_a_full_disk_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write_private(path, "old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    heeded = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with pytest.raises(OSError, match="File too large"):
            write_private(path, "x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, heeded)
    assert [one.name for one in tmp_path.iterdir()] == ["keys.json"]
    assert path.read_text() == "old"
