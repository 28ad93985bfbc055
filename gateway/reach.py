"""The owner's settings of people and of the server that takes homeport's mail."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from gateway.messages import Address, mail_address
from gateway.quiet import Quiet

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )


class PersonSettings(_Section):
    """A person, or a named channel such as the family's."""

    notify: Annotated[list[Annotated[str, Field(max_length=2000)]], Field(repr=False)] = Field(
        min_length=1, max_length=10
    )
    """ntfy:https://host/topic, mailto:anna@example.org, webhook:https://host/path"""
    quiet: str | None = None
    """Hours of the home's time in which only urgent messages pass: 22:00-07:00"""
    per_hour: int = Field(20, ge=1, le=1000)
    """More messages than that wait, and come as one."""
    max_heart_rate: int | None = Field(None, ge=100, le=250)
    """Beats a minute; zones of workouts are shares of it."""
    ntfy_token: SecretStr | None = None
    """Of an ntfy server that asks for one. A secret."""

    @field_validator("notify")
    @classmethod
    def _readable(cls, lines: list[str]) -> list[str]:
        for line in lines:
            Address.parse(line)
        return lines

    @field_validator("quiet")
    @classmethod
    def _hours(cls, text: str | None) -> str | None:
        if text is not None:
            Quiet.parse(text)
        return text

    @model_validator(mode="after")
    def _one_server(self) -> Self:
        hosts = {address.host for address in self.addresses if address.kind == "ntfy"}
        if self.ntfy_token is not None and len(hosts) != 1:
            raise ValueError("ntfy_token needs exactly one ntfy server, which gets to see it")
        return self

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(Address.parse(line, self.ntfy_token) for line in self.notify)


class MailSettings(_Section):
    """The server that takes homeport's mail."""

    host: str = Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:-]+$")
    port: int | None = Field(None, ge=1, le=65535)
    """By default 587 with starttls, 465 with tls, 25 with none."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """The certificate is always checked; nothing falls back to an open line."""
    ca_file: Path | None = None
    """PEM file of the authority behind a server's own certificate."""
    username: str | None = Field(None, repr=False)
    password: SecretStr | None = None
    """A secret."""
    sender: str = Field(alias="from")
    """The address that the mail comes from."""

    @field_validator("sender")
    @classmethod
    def _address(cls, text: str) -> str:
        return mail_address(text)

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.password is not None and self.security == "none" and self.host not in LOOPBACK:
            raise ValueError("a password is not sent over an open line: set security")
        return self
