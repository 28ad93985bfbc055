"""One TOML file and `HOMEPORT_*` variables, checked; an unknown key names the nearest right one."""

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gateway.adapter import AdapterSettings
from gateway.allowed import WebhookSettings
from gateway.errors import CannotStart, did_you_mean
from gateway.history import HistorySettings
from gateway.limits import LimitSettings
from gateway.reach import MailSettings, PersonSettings

PREFIX = "HOMEPORT_"
OTHER_VARIABLES = (
    "HOMEPORT_STATE",
    "HOMEPORT_TOKEN",
    "HOMEPORT_WEBHOOK_SECRET",
    "HOMEPORT_NODE_TOOLS",
    "HOMEPORT_CONTRACT_CASES",
)
EXIT_SETTINGS = 2
Checked = TypeVar("Checked", bound=BaseModel)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _system_zone() -> str:
    named = os.environ.get("TZ", "").lstrip(":")
    link = Path("/etc/localtime")
    target = str(link.resolve()) if link.exists() else ""
    guess = named or target.partition("zoneinfo/")[2]
    try:
        return ZoneInfo(guess).key if guess else "UTC"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


class HomeSettings(_Section):
    """The home itself."""

    name: str = Field("Home", min_length=1, max_length=80)
    timezone: str = Field(default_factory=_system_zone)
    """An IANA name such as Europe/Berlin; by default this machine's."""
    units: Literal["metric", "us"] = "metric"
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    prefer: list[str] = Field(default_factory=list)
    """Adapters in the order in which they win where two see the same device."""

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is no time zone; an example is Europe/Berlin") from None


class ServerSettings(_Section):
    """Where homeport listens."""

    host: str = "127.0.0.1"
    port: int = Field(8420, ge=0, le=65535)
    """0 takes any free one."""
    allowed_hosts: list[str] = Field(default_factory=list)
    """Names beside localhost by which agents may call, such as host.docker.internal."""


class NetworkSettings(_Section):
    """Which LAN is searched."""

    interface: str | None = None
    """Address of the interface; by default every private IPv4 one."""
    broadcast: str | None = None
    """By default derived from the interface."""


class EventSettings(_Section):
    """How much of the log is kept; what comes first counts."""

    keep_days: float = Field(90, gt=0, le=3650)
    keep_mb: float = Field(200, gt=0)
    """Megabytes."""
    keep_sampled_days: float = Field(7, gt=0, le=3650)
    """Of measurements that drift; the history keeps them far longer."""
    keep_sampled_mb: float = Field(50, gt=0)


class WorkoutSettings(_Section):
    """Sessions on the treadmill record themselves; files of others are taken from a folder."""

    folder: Path | None = None
    """Files that are dropped there are taken in, and moved to `done` or `failed`."""
    stopped_for: float = Field(120, ge=5, le=3600)
    """Seconds for which the belt stands still before a session is over."""


class Settings(_Section):
    """Everything the owner can set. Adapters check their own sections."""

    home: HomeSettings = Field(default_factory=HomeSettings)
    server: ServerSettings = Field(default_factory=ServerSettings)
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    events: EventSettings = Field(default_factory=EventSettings)
    history: HistorySettings = Field(default_factory=HistorySettings)
    webhooks: WebhookSettings = Field(default_factory=WebhookSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    people: dict[str, PersonSettings] = Field(default_factory=dict)
    workouts: WorkoutSettings = Field(default_factory=WorkoutSettings)
    mail: MailSettings | None = None
    adapters: dict[str, dict[str, Any]] = Field(default_factory=dict)


def load(
    path: Path | None, environment: Mapping[str, str], secrets: Path | None = None
) -> Settings:
    """Return the settings of the file, the variables and the secrets file, in that order.

    A variable names its section with two underscores: HOMEPORT_SERVER__PORT=8421. Raises
    CannotStart (exit code 2) that says what is wrong and what would be right.
    """
    merged: dict[str, Any] = {}
    if path is not None:
        merged = _read_toml(path)
        _no_secrets(merged, path)
    _merge(merged, _from_environment(environment))
    if secrets is not None and secrets.exists():
        if stat.S_IMODE(secrets.stat().st_mode) & 0o077:
            raise _wrong(f"{secrets} can be read by others: run chmod 600 {secrets}")
        _merge(merged, _read_toml(secrets))
    return checked(Settings, merged, str(path or "the settings"))


def checked(model: type[Checked], values: Mapping[str, Any], where: str) -> Checked:
    """Return `values` as `model`; raise CannotStart that names the nearest right key."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = _keys_at(model, first["loc"][:-1])
            hint = did_you_mean(str(first["loc"][-1]), known) or f"Known: {', '.join(known)}."
            raise _wrong(f"{where}: unknown setting {place}", hint) from None
        said = first["msg"].removeprefix("Value error, ")
        raise _wrong(f"{where}: {place}: {said}") from None


def adapter_settings(name: str, kind: type[AdapterSettings], settings: Settings) -> AdapterSettings:
    """Return the checked section of one adapter."""
    return checked(kind, settings.adapters.get(name, {}), f"[adapters.{name}]")


def check_adapter_names(settings: Settings, known: list[str]) -> None:
    """Raise CannotStart where a section names no adapter."""
    for name in settings.adapters:
        if name not in known:
            hint = did_you_mean(name, known) or f"Known: {', '.join(known)}."
            raise _wrong(f"unknown adapter [adapters.{name}]", hint)


def _wrong(sentence: str, hint: str | None = None) -> CannotStart:
    return CannotStart(sentence, exit_code=EXIT_SETTINGS, hint=hint)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise _wrong(f"{path} does not exist") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(f"{path} cannot be read: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in OTHER_VARIABLES:
            continue
        if "__" not in name:
            raise _wrong(f"unknown variable {name}", did_you_mean(name, _variables()))
        section = found
        *outer, last = name.removeprefix(PREFIX).lower().split("__")
        for part in outer:
            section = section.setdefault(part, {})
            if not isinstance(section, dict):
                raise _wrong(f"{name}: {part} is one value, not a section")
        section[last] = _value(environment[name])
    return found


def _variables() -> list[str]:
    sections = {name: field.annotation for name, field in Settings.model_fields.items()}
    return [
        f"{PREFIX}{name}__{key}".upper()
        for name, section in sections.items()
        if isinstance(section, type) and issubclass(section, BaseModel)
        for key in section.model_fields
    ]


def _value(text: str) -> Any:
    """Lists and quoted text are TOML. The rest stays text: a password may look like a number."""
    if not text.startswith(("[", "{", '"', "'")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merge(into: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


SECRET_KEYS = ("password", "secret", "token", "username", "ntfy_token")


def _no_secrets(values: Mapping[str, Any], path: Path) -> None:
    for place, section in _sections(values):
        for key in section:
            if key in SECRET_KEYS:
                variable = "__".join((*place.split("."), key)).upper()
                raise _wrong(
                    f"{path}: [{place}] {key} is a secret and does not belong there",
                    f"Put it into secrets.toml (mode 600) in the state folder, or into "
                    f"{PREFIX}{variable}.",
                )


def _sections(values: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return the sections that may hold a secret, with their names."""
    if isinstance(mail := values.get("mail"), dict):
        yield "mail", mail
    for group in ("adapters", "people"):
        found = values.get(group)
        for name, section in found.items() if isinstance(found, dict) else ():
            if isinstance(section, dict):
                yield f"{group}.{name}", section


def _keys_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    for part in place:
        field = model.model_fields.get(str(part))
        if field is None or not isinstance(field.annotation, type):
            break
        if issubclass(field.annotation, BaseModel):
            model = field.annotation
    return [field.alias or name for name, field in model.model_fields.items()]
