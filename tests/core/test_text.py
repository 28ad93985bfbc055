"""What devices say is data: on one line, capped, and without what could hide or turn words."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.schema import Model
from gateway.text import LONGEST_TEXT, Untrusted, clean, folded, quoted


class Named(Model):
    """Something with a name."""

    name: Untrusted


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Desk lamp", "Desk lamp"),
        ("  Desk \n\t lamp\r\n", "Desk lamp"),
        ("Desk\x00\x1b[31m lamp", "Desk[31m lamp"),
        ("\u202eevil\u202c", "evil"),
        ("\u2066a\u2069\u200fb\u061cc", "abc"),
        ("a\ud800b", "ab"),
        ("a\u2028b\u2029c\u0085d", "a b c d"),
        ("Ёлка 台所 🛋️ قهوة", "Ёлка 台所 🛋️ قهوة"),
        ("", ""),
        ("\x00\x01", ""),
    ],
)
def test_text_is_made_harmless(said: str, kept: str) -> None:
    assert clean(said) == kept


def test_long_text_is_cut_with_a_mark() -> None:
    assert clean("x" * 201) == "x" * 199 + "…"
    assert clean("x" * 200) == "x" * 200
    assert clean("x" * 50, 10) == "x" * 9 + "…"


@given(st.text(max_size=400))
def test_whatever_is_said_is_one_harmless_line(said: str) -> None:
    kept = clean(said)
    kept.encode()
    assert len(kept) <= LONGEST_TEXT
    assert not {unicodedata.category(letter) for letter in kept} & {"Cc", "Cs", "Zl", "Zp"}
    assert clean(kept) == kept


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(name: str) -> None:
    assert folded(folded(name)) == folded(name)


def test_a_model_cleans_what_it_is_given() -> None:
    assert Named(name="\u202eA\nB").name == "A B"
    schema = Named.model_json_schema()["properties"]["name"]
    assert schema["x-untrusted"] is True


def test_names_in_a_sentence_are_quoted_and_counted() -> None:
    assert quoted(["A"]) == "“A”"
    assert quoted(["A", "B"]) == "“A”, “B”"
    assert quoted(["A", "B", "C", "D", "E"]) == "“A”, “B”, “C” and 2 more"
