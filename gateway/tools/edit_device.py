"""edit_device: the owner's names, areas and choices, which win for ever."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gateway.call import Call
from gateway.entry import DISGUISES
from gateway.errors import AmbiguousTarget, InvalidArguments, NotAllowed
from gateway.schema import Model
from gateway.targets import resolve
from gateway.text import clean
from gateway.tool import Tool
from gateway.tools.describe import Described, described

Name = Annotated[str, Field(min_length=1, max_length=80)]


class Edit(Model):
    """What to change about a device. What is left out stays."""

    target: str
    name: Name | None = None
    area: Name | None = None
    aliases: Annotated[list[Name], Field(max_length=20)] | None = None
    use_as: Literal["light", "fan", "plug"] | None = None
    protected: bool | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.model_fields_set == {"target"}:
            raise ValueError("say what to change: name, area, aliases, use_as or protected")
        return self


class Edited(Model):
    """The device as it is known now."""

    summary: str
    device: Described
    aliases: list[str]
    receipt: str | None = None


async def edit_device(call: Call, asked: Edit) -> Edited:
    """Keep the owner's choices of one device."""
    if not call.grant.owner:
        raise NotAllowed("Names and areas are part of what agents may do: only the owner sets them")
    home = call.home
    meant = resolve(asked.target, home.index, home.registry, call.grant.sees, None)
    if len(meant.entries) != 1:
        choices = [{"id": entry.id, "name": entry.name} for entry in meant.entries[:10]]
        raise AmbiguousTarget("edit_device takes one device", choices=choices)
    (entry,) = meant.entries
    changes = _changes(asked)
    if asked.use_as in DISGUISES and not {"switch", *DISGUISES} & set(entry.kinds):
        raise InvalidArguments(f"“{entry.name}” is no plug: use_as has no meaning", field="use_as")
    was = {
        "name": entry.own_name,
        "area": entry.own_area,
        "aliases": entry.aliases,
        "use_as": entry.use_as,
        "protected": entry.protected,
    }
    receipt = await call.begin({"device": entry.id, "before": was})
    await home.registry.edit(entry, changes)
    home.receipts.finish(receipt, "done", [{"device": entry.id, "before": was}])
    return Edited(
        summary=f"“{entry.name}” is kept" + (f" in “{entry.area}”." if entry.area else "."),
        device=described(entry, home.clock, limits=False),
        aliases=entry.aliases,
        receipt=receipt.id,
    )


def _changes(asked: Edit) -> dict[str, Any]:
    given = asked.model_dump(exclude_unset=True, exclude={"target"})
    changes: dict[str, Any] = {}
    for field, value in given.items():
        if isinstance(value, str) and field != "use_as":
            value = _name(field, value)
        changes[field] = [_name(field, name) for name in value] if field == "aliases" else value
    if changes.get("use_as") == "plug":
        changes["use_as"] = None
    return changes


def _name(field: str, name: str) -> str:
    tidy = clean(name, 80)
    if not tidy:
        raise InvalidArguments(f"{field} is empty", field=field)
    return tidy


EDIT_DEVICE = Tool(
    name="edit_device",
    description=(
        "Rename a device; set its area, other names; use a plug as a light; protect it from all "
        "and scenes (freezer)."
    ),
    input=Edit,
    output=Edited,
    reads=False,
    idempotent=True,
    handler=edit_device,
)
