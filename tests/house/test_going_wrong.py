"""When it goes wrong: one clear sentence and an exit code, never a traceback."""

import os
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.house.process import homeport, serving


def says(done: object, code: int, *words: str) -> None:
    assert done.returncode == code, done
    said = done.stderr
    assert "Traceback" not in said
    for word in words:
        assert word in said, said
    assert said.startswith("homeport: ")


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        says(homeport("serve", "--port", str(port), state=tmp_path), 3, str(port), "--port")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_state_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    says(homeport("serve", "--port", "0", state=tmp_path), 4, str(tmp_path))


def test_a_state_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    says(homeport("serve", "--port", "0", state=file), 4, str(file))


async def test_a_second_instance_says_who_serves_and_where(tmp_path: Path) -> None:
    async with serving(tmp_path) as first:
        done = homeport("serve", "--port", "0", state=tmp_path)
    says(done, 4, str(first.process.pid), first.url)


def test_a_misspelt_setting_names_the_nearest(tmp_path: Path) -> None:
    config = tmp_path / "homeport.toml"
    config.write_text('[home]\nnmae = "Elm Street"\n')
    done = homeport("serve", "--config", str(config), state=tmp_path)
    says(done, 2, "home.nmae", "Did you mean name?")


def test_an_unknown_adapter_names_the_nearest(tmp_path: Path) -> None:
    config = tmp_path / "homeport.toml"
    config.write_text("[adapters.sonso]\nenabled = true\n")
    done = homeport("serve", "--port", "0", "--config", str(config), state=tmp_path)
    says(done, 2, "sonso", "Did you mean sonos?")


def test_an_adapter_without_its_library_says_what_to_install(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys; sys.modules['soco'] = None\n")
    config = tmp_path / "homeport.toml"
    config.write_text("[adapters.sonos]\nenabled = true\n")
    done = homeport(
        "serve",
        "--port",
        "0",
        "--config",
        str(config),
        state=tmp_path / "state",
        more={"PYTHONPATH": str(hidden), "HOMEPORT_NETWORK__INTERFACE": "127.0.0.1"},
    )
    says(done, 6, "soco", "homeport[sonos]")


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "events.db") as newer:
        newer.execute("PRAGMA user_version = 999")
    newer.close()
    says(homeport("serve", "--port", "0", state=tmp_path), 4, "newer homeport")
    assert (tmp_path / "events.db").exists()


def test_a_damaged_database_is_set_aside_and_the_next_start_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(b"this is no database" * 1000)
    says(homeport("serve", "--port", "0", state=tmp_path), 4, "damaged", "set aside")
    (aside,) = tmp_path.glob("events.db.damaged-*")
    assert aside.read_bytes().startswith(b"this is no database")
    assert not (tmp_path / "events.db").exists()


@pytest.mark.parametrize(
    "command", [("devices",), ("call", "get_home_info"), ("token", "list"), ("device", "show", "x")]
)
def test_a_command_without_a_running_homeport_says_how_to_start_it(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    says(homeport(*command, state=tmp_path), 5, "not running", "homeport serve")


def test_arguments_that_are_no_json_are_refused(tmp_path: Path) -> None:
    says(homeport("call", "set_light", "{on: true}", state=tmp_path), 1, "no JSON")


@pytest.mark.parametrize(
    "command", ["demo", "serve", "devices", "device", "call", "token", "mcp", "openapi", "doctor"]
)
def test_every_command_has_help_with_an_example(tmp_path: Path, command: str) -> None:
    done = homeport(command, "--help", state=tmp_path)
    assert done.returncode == 0
    assert f"example: homeport {command}" in done.stdout
