"""A short session on two treadmills, through two losses of the link and a kill: nothing is lost."""

from pathlib import Path

import pytest

from tests.house.training import trained

SECONDS = 16.0
PER_CENT = 0.5
KCAL = 1.0
"""Machines and FIT files count whole ones, and a short session burns few."""
GAP = 8.0
"""Seconds: homeport was dead meanwhile, and these machines are slow; `bench treadmill` holds 3."""


@pytest.mark.timeout(180)
async def test_a_session_survives_a_kill_and_two_losses_of_the_link(tmp_path: Path) -> None:
    pytest.importorskip("bumble", reason="the radio of this test is bumble's")
    recorded = await trained(tmp_path / "gym", SECONDS)
    assert set(recorded) == {"DIRCON", "bumble"}
    for way, one in recorded.items():
        assert one.sessions == 1, way
        assert one.distance_off <= PER_CENT, way
        assert abs(one.energy[0] - one.energy[1]) <= KCAL + one.energy[0] * PER_CENT / 100, way
        assert one.longest <= GAP, way
