"""The `where` language: comparisons joined by and, or, not; read in bounded time, never executed.

`path op literal`, `path exists`, `path in [literal, …]`, `literal in path`; nothing else.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from gateway.expression import (
    COMPARISONS,
    MISSING,
    Comparison,
    Constant,
    Contains,
    Every,
    Exists,
    Expression,
    Look,
    Membership,
    Not,
    Path,
    Scalar,
    Some,
    spelled,
)
from gateway.quantities import to_celsius
from gateway.where import CONSTANTS, KEYWORDS, LONGEST, Token, refuse, tokens

__all__ = [
    "LONGEST",
    "MISSING",
    "Condition",
    "Look",
    "Path",
    "comparison",
    "every",
    "parse",
    "some",
]

DEEPEST: Final = 32
MOST_TERMS: Final = 100

_FAHRENHEIT: Final = ("F", "°F")
_UNITS: Final = ("%", "°C", "C", *_FAHRENHEIT, "W", "kWh", "K", "lx", "ppm")
_WORD: Final = re.compile(r"(?!__)[a-z_][a-z0-9_]*")
_EXAMPLE: Final = "For example: data.after.on == true and data.after.brightness > 50"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was read; `text` parses to an equal one."""

    tree: Expression
    text: str = field(compare=False)
    paths: frozenset[Path] = field(compare=False)

    def value(self, look: Look) -> bool | None:
        """Return true, false or None for unknown, for what `look` finds at each path."""
        return self.tree.value(look)

    def holds(self, look: Look) -> bool:
        """Tell whether it is surely true."""
        return self.value(look) is True


def parse(text: str) -> Condition:
    """Return the condition, or raise InvalidArguments that quotes the place and shows the cure."""
    tree = _Reader(text).whole()
    normal = tree.spelled()
    # Spaces that were left out may make the written form the only one that is short enough.
    return Condition(tree, normal if len(normal) <= LONGEST else text, tree.paths())


def comparison(path: Path, op: str, literal: Scalar | Sequence[Scalar] = None) -> Condition:
    """Return `path op literal`; `in` takes a sequence and `exists` nothing."""
    way = ".".join(path)
    if op not in (*COMPARISONS, "in", "exists"):
        raise refuse(op, 0, "there is no such comparison", f"Use {_operators()}.")
    if not _is_path(path) or way in KEYWORDS:
        raise refuse(way, 0, "this is no path", "Write lower-case words: data.after.on")
    if op == "exists":
        return parse(f"{way} exists")
    if isinstance(literal, Sequence) and not isinstance(literal, str):
        return parse(f"{way} {op} [{', '.join(spelled(item) for item in literal)}]")
    return parse(f"{way} {op} {spelled(literal)}")


def every(*conditions: Condition) -> Condition:
    """Join by and."""
    return parse(
        " and ".join(
            f"({condition.text})" if isinstance(condition.tree, Some) else condition.text
            for condition in conditions
        )
    )


def some(*conditions: Condition) -> Condition:
    """Join by or."""
    return parse(" or ".join(condition.text for condition in conditions))


def _operators() -> str:
    return ", ".join((*COMPARISONS, "in")) + " or exists"


def _is_path(words: Sequence[str]) -> bool:
    first_letter = words[0][:1] if words else ""
    return first_letter.isalpha() and all(_WORD.fullmatch(word) for word in words)


class _Reader:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._index = 0
        self._depth = 0
        self._terms = 0

    def whole(self) -> Expression:
        """Read all of it."""
        tree = self._either()
        if self._next.kind != "end":
            self._left_over(self._next)
        return tree

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._next
        self._index += token.kind != "end"
        return token

    def _took(self, text: str) -> bool:
        taken = self._next.means(text)
        self._index += taken
        return taken

    def _refuse(self, token: Token, what: str, hint: str = _EXAMPLE) -> NoReturn:
        if token.kind == "end":
            what = f"it ends too early, {what}"
        raise refuse(self._text, token.at, what, hint)

    def _deeper(self, token: Token, read: Callable[[], Expression]) -> Expression:
        if self._depth == DEEPEST:
            self._refuse(token, f"it is nested deeper than {DEEPEST}", "Use fewer parentheses.")
        self._depth += 1
        tree = read()
        self._depth -= 1
        return tree

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._took("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Some(_flat(Some, parts))

    def _both(self) -> Expression:
        parts = [self._single()]
        while self._took("and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Every(_flat(Every, parts))

    def _single(self) -> Expression:
        token = self._next
        if self._took("not"):
            return Not(self._deeper(token, self._single))
        if not self._took("("):
            return self._term()
        tree = self._deeper(token, self._either)
        if not self._took(")"):
            if self._next.kind != "end":
                self._left_over(self._next)
            raise refuse(self._text, token.at, "this ( is never closed", "Add the missing ).")
        return tree

    def _term(self) -> Expression:
        token = self._next
        if token.kind == "word":
            return self._about(self._path())
        if token.kind in ("number", "string") or token.text in CONSTANTS:
            constant = self._constant()
            if not self._took("in"):
                self._refuse(
                    token,
                    "the path comes first, then the literal",
                    "Turn it round: data.after.temperature > 21",
                )
            return Contains(self._path(), constant)
        if token.means("exists"):
            self._refuse(token, "exists comes after the path", "Write data.after.on exists")
        self._refuse(token, "a path is expected here")

    def _about(self, path: Path) -> Expression:
        token = self._take()
        if token.means("exists"):
            return Exists(path)
        if token.means("in"):
            return Membership(path, self._list())
        if token.means("not") and (self._next.means("in") or self._next.means("exists")):
            return Not(self._deeper(token, lambda: self._about(path)))
        if token.text not in COMPARISONS or token.kind != "sign":
            self._no_operator(token, ".".join(path)[:40])
        return Comparison(path, token.text, self._constant())

    def _path(self) -> Path:
        token = self._take()
        if self._next.means("("):
            self._refuse(token, "there are no calls", f"Compare a path by {_operators()}.")
        if self._next.means("["):
            self._refuse(token, "there is no indexing", "Write 'x' in a.b to look into a list.")
        if token.kind != "word":
            self._refuse(token, "a path is expected here")
        path = tuple(token.text.split("."))
        if not _is_path(path):
            hint = "A path is lower-case words that begin with a letter: data.after.on"
            self._refuse(token, "this is no path", hint)
        return path

    def _list(self) -> tuple[Constant, ...]:
        if not self._took("["):
            self._refuse(self._next, "in needs a list", 'Write in ["a", "b"].')
        constants = [self._constant()]
        while self._took(","):
            constants.append(self._constant())
        if not self._took("]"):
            self._refuse(self._next, "the list needs , or ] here", 'Write in ["a", "b"].')
        return tuple(constants)

    def _constant(self) -> Constant:
        token = self._take()
        self._terms += 1
        if self._terms > MOST_TERMS:
            self._refuse(token, f"there are more than {MOST_TERMS} terms", "Ask for less at once.")
        if token.kind == "string":
            return Constant(re.sub(r"\\(.)", r"\1", token.text[1:-1]))
        if token.kind == "number":
            return Constant(self._quantity(token))
        if token.kind == "keyword" and token.text in CONSTANTS:
            return Constant(CONSTANTS[token.text])
        self._no_literal(token)

    def _quantity(self, token: Token) -> float:
        amount = float(token.text)
        if amount in (float("inf"), float("-inf")):
            self._refuse(token, "the number is too large", "Write a smaller one.")
        exact = int(token.text) if token.text.lstrip("-").isdigit() else amount
        unit = self._next
        if unit.kind not in ("word", "unit"):
            return exact
        self._take()
        if unit.text not in _UNITS:
            known = f"Leave it out, or use {', '.join(_UNITS)}."
            self._refuse(unit, f"“{unit.text[:40]}” is no unit known here", known)
        return to_celsius(exact) if unit.text in _FAHRENHEIT else exact

    def _no_literal(self, token: Token) -> NoReturn:
        if token.kind == "word" and self._next.means("("):
            self._refuse(token, "there are no calls", "Compare with a number or a text in quotes.")
        if token.kind == "word":
            self._refuse(token, "text stands in quotes", f'Write "{token.text[:40]}"')
        if token.means("["):
            self._refuse(token, "a list goes with in", 'Write data.press in ["short", "long"]')
        hint = 'Compare with a number, "text", true, false or null.'
        self._refuse(token, "a literal is expected here", hint)

    def _no_operator(self, token: Token, path: str) -> NoReturn:
        if token.kind in ("number", "unit"):
            self._refuse(token, "there is no arithmetic", f"Compare with a literal: {path} > 3")
        if token.kind == "end" or token.text in ("and", "or", ")"):
            self._refuse(token, f"{path} is compared with nothing", f"Write {path} == true")
        if token.text == "is":
            self._refuse(token, "is is no comparison", f"Write {path} == null or {path} != null")
        self._refuse(token, "a comparison is expected here", f"Use {_operators()}.")

    def _left_over(self, token: Token) -> NoReturn:
        if token.means(")"):
            self._refuse(token, "this ) was never opened", "Leave it out, or add a (.")
        if token.text in (*COMPARISONS, "in", "exists"):
            hint = "Write a.b > 1 and a.b < 5"
            self._refuse(token, "comparisons cannot be chained", hint)
        if token.kind in ("number", "unit"):
            self._refuse(token, "there is no arithmetic", "Write the result as one number.")
        if token.means(","):
            self._refuse(token, "a comma stands only in lists", "Decimals have a point: 21.5")
        self._refuse(token, "and or or is expected here")


def _flat(kind: type[Every] | type[Some], parts: list[Expression]) -> tuple[Expression, ...]:
    """Return the parts, with those of the same kind taken apart."""
    return tuple(
        inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))
    )
