"""The conformance suite of the Model Context Protocol, in both of its eras."""

from pathlib import Path

import pytest

from tests.mcp.peers import found
from tests.mcp.serving import ROOT, mcp_served, small_house

EXPECTED = ROOT / "tests/mcp/conformance.yml"
SUITE = "@modelcontextprotocol/conformance/dist/index.js"


@pytest.mark.parametrize("version", ["2025-06-18", "2025-11-25", "2026-07-28"])
async def test_the_suite_finds_nothing_but_what_is_listed(version: str, tmp_path: Path) -> None:
    peers = found()
    async with small_house(tmp_path) as home:
        token = await home.home.tokens.new("conformance", "owner")
        async with mcp_served(home.door, carry=token) as url:
            asked = ["--url", url, "--suite", "all", "--spec-version", version]
            code, output, errors = await peers.run(
                SUITE, "server", *asked, "--expected-failures", str(EXPECTED), home=tmp_path
            )
    assert code == 0, output[output.rfind("=== SUMMARY") :] + errors
    assert "✓ tools-list" in output


def test_each_expected_failure_has_its_reason() -> None:
    entries = [line for line in EXPECTED.read_text().splitlines() if line.startswith("  - ")]
    assert entries
    assert [line for line in entries if " # " not in line] == []
