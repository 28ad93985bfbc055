"""A device as a W3C Web of Things Thing Description 1.1 (https://www.w3.org/TR/wot-thing-description11/)."""

from typing import Any

from gateway.capabilities import KINDS
from gateway.entry import Entry
from gateway.schema import json_schema

CONTEXT = "https://www.w3.org/2022/wot/td/v1.1"


def description(entry: Entry) -> dict[str, Any]:
    """Return the Thing Description of one device; forms lead to `/v1/tools` and `/v1/devices`."""
    thing: dict[str, Any] = {
        "@context": CONTEXT,
        "id": f"urn:homeport:device:{entry.id}",
        "title": entry.name,
        "securityDefinitions": {"bearer": {"scheme": "bearer"}},
        "security": ["bearer"],
        "properties": {},
        "actions": {},
    }
    for kind in entry.kinds:
        declared = KINDS[kind]
        thing["properties"][kind] = json_schema(declared.State) | {
            "readOnly": True,
            "observable": True,
            "forms": [{"href": f"/v1/devices/{entry.id}", "op": "readproperty"}],
        }
        for action in declared.actions:
            thing["actions"][action.name] = {
                "description": action.text,
                "input": json_schema(action.change, described=False),
                "idempotent": action.idempotent,
                "safe": False,
                "forms": [{"href": f"/v1/tools/{action.name}", "op": "invokeaction"}],
            }
    return thing
