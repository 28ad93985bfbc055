"""Options that several commands share, and what they mean."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from cli.state import StateFolder
from gateway.settings import Settings, load

SETTINGS_FILE = "homeport.toml"


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add --state and --config."""
    parser.add_argument("--state", type=Path, metavar="FOLDER", help="the state folder")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings file")


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add --port."""
    parser.add_argument("--port", type=int, help="listen here instead; 0 takes any free port")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The state folder and the settings of one run."""

    state: StateFolder
    settings: Settings


def chosen(arguments: argparse.Namespace) -> Chosen:
    """Return the settings and the state folder that the options, variables and defaults name.

    Raises CannotStart where one of them is wrong.
    """
    state = StateFolder(
        arguments.state
        or os.environ.get("HOMEPORT_STATE")
        or platformdirs.user_state_path("homeport")
    )
    path: Path | None = arguments.config
    if path is None:
        usual = platformdirs.user_config_path("homeport") / SETTINGS_FILE
        path = usual if usual.exists() else None
    settings = load(path, os.environ, state.path / "secrets.toml")
    port = getattr(arguments, "port", None)
    if port is not None:
        server = settings.server.model_copy(update={"port": port})
        settings = settings.model_copy(update={"server": server})
    return Chosen(state, settings)
