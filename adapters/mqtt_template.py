"""The templates of devices: a small, bounded part of Jinja, checked before it is ever run.

A template comes over the network, so that it is taken for hostile. What it is made of is looked at
first: no loops, no macros, no imports, no calls but a few, and what stands behind a dot is an item
of what the payload holds, never an attribute. So it can neither reach Python nor run for long.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from adapters import mqtt_filters as filters

if TYPE_CHECKING:
    from jinja2 import nodes

LONGEST = 4096
MOST_NODES = 400
DEEPEST = 40
LARGEST_NUMBER = 1e18

_VARIABLES = (
    "value value_json this entity_id position tilt_position position_open position_closed "
    "tilt_min tilt_max hue sat red green blue x y brightness color_temp color_temp_kelvin "
    "state transition effect flash white code percentage"
)
_TESTS = (
    "defined undefined none number string mapping sequence iterable boolean integer float "
    "true false eq equalto ne gt ge lt le in greaterthan lessthan even odd"
)
_PLAIN = (
    "Template Output TemplateData Name Const Getattr Getitem Filter Test CondExpr If Compare "
    "Operand And Or Not Neg Pos Add Sub Mul Div FloorDiv Mod Concat List Tuple Dict Pair Slice "
    "Call Keyword Assign"
)
VARIABLES = frozenset(_VARIABLES.split())
"""What a template may name: the variables of Home Assistant's documents for MQTT."""
TESTS = frozenset(_TESTS.split())
PLAIN = frozenset(_PLAIN.split())
WHY = {
    "For": "it loops",
    "Macro": "it defines a macro",
    "CallBlock": "it defines a macro",
    "Import": "it imports",
    "FromImport": "it imports",
    "Include": "it includes a file",
    "Extends": "it extends a file",
    "Pow": "it raises to a power",
}


class Refused(ValueError):
    """A template that is not run; the sentence says why."""


class Unanswered(ValueError):
    """A template that makes no value of this payload."""


Render = Callable[[Mapping[str, Any]], str]


@lru_cache(maxsize=2048)
def compiled(source: str) -> Render:
    """Return what renders `source`; raise Refused, which says why, where it must not be run.

    Rendering raises Unanswered where it comes to nothing.
    """
    from jinja2 import TemplateError

    if len(source) > LONGEST:
        raise Refused(f"it is longer than {LONGEST} characters")
    environment = _environment()
    try:
        tree = environment.parse(source)
        _check(tree)
        template = environment.from_string(tree)
    except TemplateError as error:
        raise Refused(f"it cannot be read: {filters.first_line(str(error))}") from None
    except (RecursionError, MemoryError, OverflowError, SyntaxError):
        raise Refused("it is nested too deeply") from None

    def render(variables: Mapping[str, Any]) -> str:
        try:
            text: str = template.render(variables)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise Unanswered(filters.first_line(str(error))) from None
        if len(text) > filters.LONGEST_TEXT:
            raise Unanswered("it makes too much of it")
        return text

    return render


def _check(tree: "nodes.Template") -> None:
    """Raise Refused where a template could do more than pick and shape a value."""
    named = set(VARIABLES)
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    seen = 0
    while waiting:
        node, depth = waiting.pop(0)
        seen += 1
        if seen > MOST_NODES or depth > DEEPEST:
            raise Refused("it is too large")
        _check_node(node, named)
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]


def _check_node(node: "nodes.Node", named: set[str]) -> None:
    kind = type(node).__name__
    if kind not in PLAIN:
        raise Refused(WHY.get(kind, f"{kind} is not allowed in it"))
    check = _CHECKS.get(kind)
    if check is not None:
        check(node, named)


def _check_name(node: Any, named: set[str]) -> None:
    if node.ctx == "load" and node.name not in named | filters.CALLS.keys():
        raise Refused(f"it asks for {filters.shown(node.name)}, which is not here")


def _check_attribute(node: Any, named: set[str]) -> None:
    if node.attr.startswith("_") or node.attr in ("mro", "format", "format_map"):
        raise Refused(f"it reaches for the attribute {filters.shown(node.attr)}")


def _check_item(node: Any, named: set[str]) -> None:
    wanted = getattr(node.arg, "value", None)
    if isinstance(wanted, str) and wanted.startswith("__"):
        raise Refused(f"it reaches for the attribute {filters.shown(wanted)}")


def _check_filter(node: Any, named: set[str]) -> None:
    if node.name not in filters.FILTERS:
        raise Refused(f"it uses the filter {filters.shown(node.name)}")
    _no_spreading(node)


def _check_test(node: Any, named: set[str]) -> None:
    if node.name not in TESTS:
        raise Refused(f"it uses the test {filters.shown(node.name)}")
    _no_spreading(node)


def _check_call(node: Any, named: set[str]) -> None:
    name = getattr(node.node, "name", None)
    if type(node.node).__name__ != "Name" or name not in filters.CALLS:
        called = getattr(node.node, "attr", None) or name or "something"
        raise Refused(f"it calls {filters.shown(str(called))}")
    _no_spreading(node)


def _check_assignment(node: Any, named: set[str]) -> None:
    """A name for a table of words is harmless; of anything that grows it would not be."""
    if type(node.target).__name__ != "Name" or not _literal(node.node):
        raise Refused("it sets a variable")
    if node.target.name in filters.CALLS:
        raise Refused("it sets a variable")
    named.add(node.target.name)


def _literal(node: Any) -> bool:
    kinds = ("Const", "List", "Tuple", "Dict", "Pair", "Neg")
    return type(node).__name__ in kinds and all(map(_literal, node.iter_child_nodes()))


def _no_spreading(node: Any) -> None:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise Refused("it spreads arguments")


_CHECKS: Mapping[str, Callable[[Any, set[str]], None]] = {
    "Name": _check_name,
    "Getattr": _check_attribute,
    "Getitem": _check_item,
    "Filter": _check_filter,
    "Test": _check_test,
    "Call": _check_call,
    "Assign": _check_assignment,
}


@cache
def _environment() -> Any:
    """Return the one environment; the library is loaded when the first template comes."""
    from jinja2 import Undefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Items(ImmutableSandboxedEnvironment):
        """Dots and brackets look items up, and numbers stay small."""

        intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

        def getattr(self, obj: Any, attribute: str) -> Any:
            return self.getitem(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            if isinstance(obj, Undefined):
                obj._fail_with_undefined_error()
            try:
                if isinstance(obj, dict):
                    return obj[argument]
                if isinstance(obj, list | tuple | str) and isinstance(argument, int | slice):
                    return obj[argument]
            except (LookupError, TypeError):
                pass
            return self.undefined(obj=obj, name=str(argument)[:50])

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if operator == "+" and isinstance(left, str) and isinstance(right, str):
                return filters.bounded(left + right)
            if not (filters.is_number(left) and filters.is_number(right)) or operator == "**":
                raise TypeError("it reckons with what is no number")
            result = super().call_binop(context, operator, left, right)
            if not -LARGEST_NUMBER <= result <= LARGEST_NUMBER:
                raise OverflowError("the number is too large")
            return result

    environment = Items(autoescape=False, cache_size=0)
    environment.filters.clear()
    environment.filters |= filters.FILTERS
    environment.globals.clear()
    environment.globals |= filters.CALLS
    environment.tests = {name: environment.tests[name] for name in TESTS}
    return environment
