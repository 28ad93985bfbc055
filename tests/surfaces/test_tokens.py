"""What an agent has to read stays within its budget, and the README says how much it is."""

from pathlib import Path

import pytest

from bench import tokens
from bench.tokenizer import missing

README = Path(__file__).parent.parent.parent / "README.md"


@pytest.mark.skipif(missing() is not None, reason=f"tokens are not counted: {missing()}")
def test_tools_and_answers_keep_their_budget_and_the_readme_tells_the_number() -> None:
    figures = tokens.run()
    assert [figure.what for figure in figures if not figure.met] == []
    assert f"({figures[0].value:,.0f} tokens" in README.read_text("utf-8")
