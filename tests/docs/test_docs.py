"""What is written about homeport is so: settings, commands, tools, decisions, links."""

import re
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, SecretStr

from adapters import BUILTIN
from cli.main import COMMANDS
from cli.training import every_tool
from gateway.adapter import Adapter
from gateway.settings import OTHER_VARIABLES, Settings, adapter_settings, checked
from tests.docs.project import ROOT, files, read

README = read("README.md")
PAGES = [str(path) for path in files(".md")]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = tomllib.loads("\n".join(text for kind, text in FENCED.findall(README) if kind == "toml"))
COMMAND = re.compile(r"(?:^|`|\.venv/bin/)homeport ([a-z]+)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
DECISIONS = ROOT / "docs" / "decisions"
EVERY_ADAPTER = {"enabled", "hosts"}


def kind_of(named: str) -> type[Adapter[Any]]:
    """A built-in adapter; skips where its file is not written yet."""
    module, _, attribute = named.partition(":")
    if find_spec(module) is None:
        pytest.skip(f"{module} is not written yet")
    kind: type[Adapter[Any]] = getattr(import_module(module), attribute)
    return kind


def secret(model: type[BaseModel], name: str) -> bool:
    annotation = model.model_fields[name].annotation
    return SecretStr in (annotation, *get_args(annotation))


def test_the_readme_shows_every_setting_of_the_home() -> None:
    for section, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            assert set(kind.model_fields) == set(SHOWN[section]), section


@pytest.mark.parametrize("named", BUILTIN)
def test_the_readme_shows_every_setting_of_an_adapter(named: str) -> None:
    kind = kind_of(named)
    fields = kind.settings_type.model_fields
    secrets = {name for name in fields if secret(kind.settings_type, name)}
    shown = set(SHOWN["adapters"].get(kind.name, {}))
    assert set(fields) - secrets - EVERY_ADAPTER <= shown
    assert all(f"__{name.upper()}`" in README for name in secrets)


def test_the_readme_shows_what_every_adapter_can_be_told() -> None:
    shown = {name for section in SHOWN["adapters"].values() for name in section}
    assert shown >= EVERY_ADAPTER


def test_the_settings_in_the_readme_are_taken_as_they_stand() -> None:
    settings = checked(Settings, SHOWN, "README.md")
    for named in BUILTIN:
        if find_spec(named.partition(":")[0]) is not None:
            kind = kind_of(named)
            assert adapter_settings(kind.name, kind.settings_type, settings)
    assert set(settings.adapters) <= {named.split(".")[1].split(":")[0] for named in BUILTIN}


def test_the_readme_names_every_command_and_no_page_names_another() -> None:
    assert set(COMMAND.findall(README)) >= set(COMMANDS)
    for page in PAGES:
        assert set(COMMAND.findall(read(page))) <= set(COMMANDS), page


def test_every_variable_that_is_no_setting_is_written_of() -> None:
    pages = "\n".join(read(page) for page in PAGES)
    assert [name for name in OTHER_VARIABLES if name not in pages] == []


def test_the_readme_lists_the_tools_and_their_number() -> None:
    names = [tool.name for tool in every_tool() if not tool.by_name]
    (paragraph,) = [line for line in README.splitlines() if re.match(r"\d+ tools ", line)]
    count, listed = paragraph.split(" ", 1)
    assert re.findall(r"`([a-z_]+)`", listed) == names
    assert int(count) == len(names)


def test_every_decision_is_in_their_list_and_the_list_names_no_other() -> None:
    records = {path.name for path in DECISIONS.glob("*.md")} - {"README.md"}
    listed = re.findall(
        r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", read(DECISIONS / "README.md"), re.M
    )
    assert sorted(name for _, name, _ in listed) == sorted(records)
    for number, name, title in listed:
        assert name.startswith(f"{number}-")
        assert title in read(DECISIONS / name).splitlines()[0]


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_somewhere(page: str) -> None:
    text = FENCED.sub("", read(page))
    links = [link for link in LINK.findall(text) if ":" not in link]
    missing = [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]
    assert missing == []


def test_a_page_that_is_linked_from_nowhere_is_found_by_nobody() -> None:
    linked = {
        (ROOT / page).parent.joinpath(link).resolve()
        for page in PAGES
        for link in LINK.findall(read(page))
    }
    pages = {path for path in Path(ROOT / "docs").rglob("*.md")}
    assert {path.name for path in pages if path.resolve() not in linked} == set()
