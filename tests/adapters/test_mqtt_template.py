"""Templates of devices: what they may do, and that nothing else is ever run."""

import time
from typing import Any

import pytest

from adapters.mqtt_template import LONGEST, Refused, Unanswered, compiled

HUGE = "a" * 60_000
QUICK = 1.0
"""Seconds that looking at a template and running it may take at the very most."""

ANSWERS: list[tuple[str, Any, str]] = [
    ("{{ value }}", "ON", "ON"),
    ("{{ value_json.temperature }}", {"temperature": 21.5}, "21.5"),
    ("{{ value_json['ENERGY']['Power'] }}", {"ENERGY": {"Power": 7}}, "7"),
    ("{{ value_json.list[1] }}", {"list": [1, 2]}, "2"),
    ("{{ value_json.update.items }}", {"update": {"items": "kept"}}, "kept"),
    ("{{ value_json.on }}", {"on": True}, "True"),
    ("{{ value_json.missing }}", {}, ""),
    ("{{ value_json.missing | default('off') }}", {}, "off"),
    ("{{ value_json.t | float | round(1) }}", {"t": "21.456"}, "21.5"),
    ("{{ (value | int / 255 * 100) | round(0) }}", "128", "50"),
    ("{{ 'ON' if value_json.x == 1 else 'OFF' }}", {"x": 1}, "ON"),
    ("{% if 'a' in value_json and value_json.a > 2 %}yes{% else %}no{% endif %}", {"a": 3}, "yes"),
    ("{% if value_json.state is defined %}{{ value_json.state }}{% endif %}", {}, ""),
    ("{{ iif(value == 'fwd', 'forward', 'reverse') }}", "fwd", "forward"),
    ("{{ value | lower | replace('_', ' ') }}", "A_B", "a b"),
    ("{{ value_json.a | tojson }}", {"a": [1]}, "[1]"),
    ("{{ (value | from_json).b }}", {"b": 2}, "2"),
    (
        "{% set values = {None: None, 'idle': 'idle', 'heat': 'heating'} %}"
        "{{ values[value_json.running_state] }}",
        {"running_state": "heat"},
        "heating",
    ),
    ("{ 'position': {{ position }} }", {}, "{ 'position': 40 }"),
]
REFUSED = {
    "{% for i in range(10**9) %}x{% endfor %}": "loops",
    "{% for key in value_json %}{{ key }}{% endfor %}": "loops",
    "{{ ''.__class__.__mro__ }}": "attribute",
    "{{ value.__class__ }}": "attribute",
    "{{ value_json.x.mro }}": "attribute",
    "{{ value['__class__'] }}": "attribute",
    "{{ value | attr('__class__') }}": "filter",
    "{{ value_json.keys() }}": "calls",
    "{{ '{0.__class__}'.format(value) }}": "calls",
    "{{ states('lock.door') }}": "calls",
    "{{ range(10**9) | list }}": "filter",
    "{{ lipsum() }}": "calls",
    "{{ cycler.__init__.__globals__ }}": "attribute",
    "{{ 9**9**9 }}": "power",
    "{% macro m() %}{% endmacro %}": "macro",
    "{% import 'a' as b %}": "imports",
    "{% include '/etc/passwd' %}": "includes",
    "{% extends 'a' %}": "extends",
    "{% set a = value %}": "variable",
    "{% set a %}{{ value }}{% endset %}": "not allowed",
    "{{ self }}": "not here",
    "{{ config }}": "not here",
    "{{ value | map('upper') }}": "filter",
    "{{ value is filter('x') }}": "test",
    "{{ iif(*value) }}": "spreads",
    "{{ " + "(" * 1500 + "1" + ")" * 1500 + " }}": "deeply",
    "{{ " + "-" * 3000 + "1 }}": "deeply",
    "{{ " + " ~ ".join(["value"] * 500) + " }}": "large",
    "{{ value": "cannot be read",
    "{%" + " " * 4000: "cannot be read",
    "{#" * 2000: "cannot be read",
    "x" * (LONGEST + 1): "longer",
}
UNANSWERED = [
    "{{ 'x' * 1000000000 }}",
    "{{ [1] * 1000000000 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ value | replace('a', value) }}",
    "{{ value ~ value }}",
    "{{ value + value }}",
    "{{ 1000000000000 * 1000000000000 }}",
    "{{ 1 | round(1000000000) }}",
    "{{ 1 / 0 }}",
    "{{ value | float }}",
    "{{ value | from_json }}",
    "{{ value_json.a.b }}",
    "{{ value_json.missing | is_defined }}",
]


def variables(value: Any) -> dict[str, Any]:
    """What a template sees of a payload."""
    import json

    if isinstance(value, str):
        return {"value": value, "position": 40}
    return {"value": json.dumps(value), "value_json": value, "position": 40}


@pytest.mark.parametrize(("source", "value", "answer"), ANSWERS)
def test_what_devices_commonly_write_is_answered(source: str, value: Any, answer: str) -> None:
    assert compiled(source)(variables(value)) == answer


@pytest.mark.parametrize("source", REFUSED, ids=lambda source: source[:40])
def test_what_could_do_more_is_refused_at_once_and_says_why(source: str) -> None:
    began = time.monotonic()
    with pytest.raises(Refused, match=REFUSED[source]):
        compiled(source)
    assert time.monotonic() - began < QUICK


@pytest.mark.parametrize("source", UNANSWERED)
def test_what_would_grow_comes_to_nothing_at_once(source: str) -> None:
    began = time.monotonic()
    with pytest.raises(Unanswered):
        compiled(source)({"value": HUGE, "value_json": {}})
    assert time.monotonic() - began < QUICK


def test_a_template_cannot_reach_what_it_is_given() -> None:
    seen: dict[str, Any] = {"value": "x", "value_json": {"list": [1]}}
    assert compiled("{{ value_json.list.append }}|{{ value_json.copy }}")(seen) == "|"
    assert seen["value_json"] == {"list": [1]}
