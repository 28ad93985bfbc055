"""What UPnP services say of themselves and how they are called: SCPD and SOAP, without a socket.

Follows the UPnP Device Architecture 1.0, chapters 2 (description) and 3 (control).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias
from xml.etree import ElementTree
from xml.sax.saxutils import escape

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
INVALID_ACTION, INVALID_ARGUMENTS, ACTION_FAILED = 401, 402, 501
VALUE_INVALID, VALUE_OUT_OF_RANGE = 600, 601

Arguments: TypeAlias = dict[str, str]
Handler: TypeAlias = Callable[[Any, Arguments], Mapping[str, object] | None]


class Fault(Exception):
    """A refusal in UPnP's terms: a code, sent as a SOAP fault."""

    def __init__(self, code: int) -> None:
        super().__init__(f"UPnP error {code}")
        self.code = code


@dataclass(frozen=True)
class Variable:
    """What an argument may be; `fault` is the code for a value of the right type that it is not."""

    data_type: str = "string"
    allowed: tuple[str, ...] = ()
    lowest: int | None = None
    highest: int | None = None
    fault: int | None = None

    def check(self, value: str) -> None:
        """Fault unless `value` may stand here."""
        if self.allowed and value not in self.allowed:
            raise Fault(self.fault or VALUE_INVALID)
        if self.data_type == "boolean" and value.lower() not in ("0", "1", "true", "false"):
            raise Fault(INVALID_ARGUMENTS)
        if self.data_type.startswith(("i", "ui")):
            self._check_number(value)

    def _check_number(self, value: str) -> None:
        try:
            number = int(value)
        except ValueError:
            raise Fault(INVALID_ARGUMENTS) from None
        lowest = 0 if self.lowest is None and self.data_type.startswith("ui") else self.lowest
        if lowest is not None and number < lowest:
            raise Fault(self.fault or VALUE_OUT_OF_RANGE)
        if self.highest is not None and number > self.highest:
            raise Fault(self.fault or VALUE_OUT_OF_RANGE)

    def describe(self, name: str) -> str:
        """This variable in an SCPD's state table."""
        limits = "".join(f"<allowedValue>{escape(value)}</allowedValue>" for value in self.allowed)
        if limits:
            limits = f"<allowedValueList>{limits}</allowedValueList>"
        if self.lowest is not None and self.highest is not None:
            limits += (
                f"<allowedValueRange><minimum>{self.lowest}</minimum>"
                f"<maximum>{self.highest}</maximum></allowedValueRange>"
            )
        return (
            f'<stateVariable sendEvents="no"><name>{name}</name>'
            f"<dataType>{self.data_type}</dataType>{limits}</stateVariable>"
        )


TEXT = Variable()
BOOLEAN = Variable("boolean")
COUNT = Variable("ui4")


class Action:
    """Marks a method as an action: `@Action("Seek", "InstanceID Unit Target -> Nothing")`."""

    def __init__(self, name: str, signature: str = "") -> None:
        takes, _, gives = signature.partition("->")
        self.name = name
        self.takes = takes.split()
        self.gives = gives.split()

    def __call__(self, handler: Handler) -> Action:
        self.handler = handler
        return self

    def __set_name__(self, owner: type[Service], _name: str) -> None:
        owner.actions = {**owner.actions, self.name: self}

    def describe(self) -> str:
        """This action in an SCPD's action list; each argument has a state variable of its name."""
        arguments = "".join(
            f"<argument><name>{name}</name><direction>{direction}</direction>"
            f"<relatedStateVariable>{name}</relatedStateVariable></argument>"
            for direction, names in (("in", self.takes), ("out", self.gives))
            for name in names
        )
        return f"<action><name>{self.name}</name><argumentList>{arguments}</argumentList></action>"


class Service:
    """One service of a device: its actions are methods, its evented variables `properties`."""

    name: ClassVar[str]
    under: ClassVar[str] = ""
    actions: ClassVar[dict[str, Action]] = {}
    variables: ClassVar[dict[str, Variable]] = {}

    @property
    def type(self) -> str:
        """The service type that stands in every call."""
        return f"urn:schemas-upnp-org:service:{self.name}:1"

    @property
    def path(self) -> str:
        """The path under which `/Control` and `/Event` lie."""
        return f"{self.under}/{self.name}"

    def properties(self) -> Mapping[str, object]:
        """The evented variables as they stand."""
        return {}

    def call(self, name: str, arguments: Arguments) -> Mapping[str, object]:
        """What the action gives; Fault when there is no such action or it refuses.

        A surplus argument is ignored, as players do: SoCo sends `Speed` with `Pause`.
        """
        action = self.actions.get(name)
        if action is None:
            raise Fault(INVALID_ACTION)
        for wanted in action.takes:
            if wanted not in arguments:
                raise Fault(INVALID_ARGUMENTS)
            self.variables.get(wanted, TEXT).check(arguments[wanted])
        return action.handler(self, arguments) or {}

    def describe(self) -> str:
        """This service's SCPD document."""
        names: Iterable[str] = dict.fromkeys(
            name for action in self.actions.values() for name in (*action.takes, *action.gives)
        )
        table = "".join(self.variables.get(name, TEXT).describe(name) for name in names)
        actions = "".join(action.describe() for action in self.actions.values())
        return (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<scpd xmlns="urn:schemas-upnp-org:service-1-0">'
            "<specVersion><major>1</major><minor>0</minor></specVersion>"
            f"<serviceStateTable>{table}</serviceStateTable>"
            f"<actionList>{actions}</actionList></scpd>"
        )

    def list_entry(self) -> str:
        """This service in a device description's service list."""
        return (
            f"<service><serviceType>{self.type}</serviceType>"
            f"<serviceId>urn:upnp-org:serviceId:{self.name}</serviceId>"
            f"<controlURL>{self.path}/Control</controlURL>"
            f"<eventSubURL>{self.path}/Event</eventSubURL>"
            f"<SCPDURL>/xml/{self.name}1.xml</SCPDURL></service>"
        )


def read_call(body: bytes) -> tuple[str, Arguments]:
    """The action and the arguments of a SOAP request; ValueError for anything else."""
    try:
        call = ElementTree.fromstring(body).find(f"{{{ENVELOPE}}}Body/*")
    except ElementTree.ParseError as error:
        raise ValueError("no XML") from error
    if call is None:
        raise ValueError("no SOAP body")
    return call.tag.rpartition("}")[2], {element.tag: element.text or "" for element in call}


def envelope(body: str) -> str:
    """A SOAP envelope around `body`."""
    return (
        f'<s:Envelope xmlns:s="{ENVELOPE}" '
        's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )


def elements(values: Mapping[str, object]) -> str:
    """An element for each value, the values escaped."""
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


def write_answer(service: Service, action: str, values: Mapping[str, object]) -> str:
    """The SOAP answer to an action that was carried out."""
    return envelope(
        f'<u:{action}Response xmlns:u="{service.type}">{elements(values)}</u:{action}Response>'
    )


def write_fault(code: int) -> str:
    """The SOAP answer to an action that was refused."""
    return envelope(
        "<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>"
        f'<UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>{code}</errorCode>'
        "</UPnPError></detail></s:Fault>"
    )


def write_event(properties: Mapping[str, object]) -> str:
    """The body of a NOTIFY that tells `properties`."""
    told = "".join(
        f"<e:property>{elements({name: value})}</e:property>" for name, value in properties.items()
    )
    return f'<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0">{told}</e:propertyset>'
