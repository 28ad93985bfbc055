"""Colours on their way to lamps and back: RGB, hue and saturation, and CIE xy.

The matrices are those of sRGB with its D65 white (IEC 61966-2-1), without its gamma, as lamps that
take xy usually reckon; both ways are inverse to each other.
"""

import colorsys
from collections.abc import Sequence

from gateway.capabilities.light import at_full

Numbers = Sequence[float]


def from_rgb(rgb: Numbers) -> str:
    """Return #rrggbb at full brightness."""
    return at_full("#" + bytes(min(255, max(0, round(one))) for one in rgb).hex())


def to_rgb(color: str) -> tuple[int, int, int]:
    """Return the channels, 0 to 255."""
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue


def from_hs(hue: float, saturation: float) -> str:
    """Return #rrggbb of degrees and percent."""
    return from_rgb([255 * one for one in colorsys.hsv_to_rgb(hue / 360 % 1, saturation / 100, 1)])


def to_hs(color: str) -> tuple[float, float]:
    """Return degrees and percent."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*(one / 255 for one in to_rgb(color)))
    return round(hue * 360, 3), round(saturation * 100, 3)


def from_xy(x: float, y: float) -> str:
    """Return #rrggbb of a place in the CIE diagram; what no screen shows is brought near."""
    y = max(y, 1e-6)
    wide, high, deep = x / y, 1.0, (1 - x - y) / y
    linear = (
        3.2404542 * wide - 1.5371385 * high - 0.4985314 * deep,
        -0.9692660 * wide + 1.8760108 * high + 0.0415560 * deep,
        0.0556434 * wide - 0.2040259 * high + 1.0572252 * deep,
    )
    brightest = max(*linear, 1e-6)
    return from_rgb([255 * max(0.0, one) / brightest for one in linear])


def to_xy(color: str) -> tuple[float, float]:
    """Return a place in the CIE diagram."""
    red, green, blue = (one / 255 for one in to_rgb(color))
    wide = 0.4124564 * red + 0.3575761 * green + 0.1804375 * blue
    high = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    deep = 0.0193339 * red + 0.1191920 * green + 0.9503041 * blue
    whole = (wide + high + deep) or 1.0
    return round(wide / whole, 4), round(high / whole, 4)
