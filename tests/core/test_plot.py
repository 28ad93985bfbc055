"""Pictures of the past: what a browser and a person can rely on."""

import sys
import threading
import xml.etree.ElementTree as xml
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.plot import CannotPlot, Curve, plot
from gateway.series import Bucket

pytest.importorskip("matplotlib")

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
HOSTILE = '$x^{2$ <script>alert("1")</script> & \u202e_\\frac{ 猫'


def curve(name: str, prop: str = "measurement.temperature", holes: tuple[int, ...] = ()) -> Curve:
    found = [
        Bucket(
            BEGIN + timedelta(hours=hour),
            19.0 + hour / 10,
            22.0,
            20.0 + hour / 10,
            21.0,
            9,
            3600.0,
            0.5,
        )
        for hour in range(24)
        if hour not in holes
    ]
    return Curve(name, prop, found, 3600)


def svg(*curves: Curve, units: str = "metric") -> str:
    return plot(curves, "svg", ZONE, units).decode()  # type: ignore[arg-type]


def test_a_picture_is_a_png_or_an_svg() -> None:
    assert plot([curve("Kitchen")], "png", ZONE, "metric").startswith(b"\x89PNG\r\n")
    assert xml.fromstring(svg(curve("Kitchen"))).tag == "{http://www.w3.org/2000/svg}svg"


def test_it_says_what_of_whom_in_which_unit_and_zone() -> None:
    shown = svg(curve("Kitchen"))
    for text in ("Kitchen: temperature", "temperature, °C", "Europe/Berlin"):
        assert text in shown
    assert "temperature, °F" in svg(curve("Kitchen"), units="us")
    assert "energy" not in shown


def test_names_are_text_and_never_markup_mathematics_or_script() -> None:
    shown = svg(curve(HOSTILE), curve("_hidden"))
    assert "<script" not in shown
    elements = list(xml.fromstring(shown).iter())
    assert not [one for one in elements if one.tag.endswith("script")]
    assert not [name for one in elements for name in one.attrib if name.lower().startswith("on")]
    text = "".join(one.text or "" for one in elements)
    assert '$x^{2$ <script>alert("1")' in text
    assert "_hidden" in text
    assert plot([curve(HOSTILE)], "png", ZONE, "metric")


def test_a_gap_a_meter_and_an_empty_past_can_be_drawn() -> None:
    assert svg(curve("Kitchen", holes=(5, 6, 7)))
    assert "total in each 1 h, kWh" in svg(curve("Plug", "energy.total"))
    assert "nothing was recorded" in svg(Curve("Kitchen", "measurement.temperature", [], 3600))
    assert "nothing was recorded" in svg()


def test_many_curves_are_drawn_with_a_legend_and_at_most_twelve() -> None:
    shown = svg(*[curve(f"Room {number}") for number in range(1, 20)])
    assert "Room 12" in shown
    assert "Room 13" not in shown


def test_two_threads_may_draw_at_once() -> None:
    drawn: list[bytes] = []

    def draw() -> None:
        drawn.append(plot([curve("Kitchen")], "svg", ZONE, "metric"))

    threads = [threading.Thread(target=draw) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 3
    assert drawn[0] == drawn[1] == drawn[2]


def test_without_the_library_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(CannotPlot) as caught:
        plot([curve("Kitchen")], "svg", ZONE, "metric")
    assert "pip install 'homeport[plot]'" in str(caught.value.problem()["hint"])
