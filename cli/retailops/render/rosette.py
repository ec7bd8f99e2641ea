"""The engraved rosette behind the seal: curves that follow from a digest, so that each design has its own."""

from __future__ import annotations

from math import cos, pi, sin

POINTS = 150


def rosette(digest: str, radius: float) -> tuple[str, ...]:
    """Closed SVG paths around (0, 0), from the first digits of a digest in hex."""
    digits = [int(digit, 16) for digit in (digest + "0123456789abcdef")[:8]]
    petals = 7 + digits[0] % 7
    return tuple(
        _ring(radius * share, petals + digits[n] % 4, digits[n + 1] / 16) for n, share in enumerate((1, 0.9, 0.8, 0.7))
    )


def _ring(radius: float, petals: int, turn: float) -> str:
    points = (_point(radius, petals, turn, 2 * pi * n / POINTS) for n in range(POINTS))
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _point(radius: float, petals: int, turn: float, angle: float) -> tuple[float, float]:
    reach = radius * (0.86 + 0.14 * sin(petals * angle + 2 * pi * turn) * cos(2 * angle))
    return reach * cos(angle), reach * sin(angle)
