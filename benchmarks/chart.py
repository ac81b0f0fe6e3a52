"""Requests and seconds against the number of files, as an SVG with two logarithmic plots."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measure import Cost

_WIDTH, _HEIGHT, _MARGIN, _GAP, _TOP = 330, 220, 50, 70, 62
_COLORS = ("#e4572e", "#2f7ed8", "#8a5fbf", "#2a9d5c", "#e4572e")
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-weight: 600 }
.grid { stroke: #8884; } .axis { stroke: #888 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
"""

_HEAD = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * (_MARGIN + _WIDTH) + _GAP - 20} \
{_TOP + _HEIGHT + 30}" role="img">
<title>Cost of one changed line by repository size</title>
<style>{_STYLE}</style>"""

Curves = dict[str, list[tuple[float, float]]]


@dataclass(frozen=True)
class _Plot:
    """One of the two plots: its position, and the decades of its axes."""

    left: int
    x_decades: tuple[int, int]
    y_decades: tuple[int, int]

    def x(self, value: float) -> float:
        """The x coordinate of a number of files."""
        return self.left + _WIDTH * _share(value, self.x_decades)

    def y(self, value: float) -> float:
        """The y coordinate of a cost."""
        return _TOP + _HEIGHT * (1 - _share(value, self.y_decades))

    def frame(self, title: str) -> list[str]:
        """The title, grid lines and labels."""
        bottom, right = _TOP + _HEIGHT, self.left + _WIDTH
        drawn = [_text(self.left, _TOP - 10, title, "start", "title")]
        for power in range(self.y_decades[0], self.y_decades[1] + 1):
            y = self.y(10.0**power)
            drawn += [_line(self.left, y, right, y), _text(self.left - 6, y + 4, _number(power))]
        for power in range(self.x_decades[0], self.x_decades[1] + 1):
            x = self.x(10.0**power)
            drawn += [_line(x, _TOP, x, bottom), _text(x, bottom + 18, _number(power), "middle")]
        return drawn


def chart(growth: Mapping[tuple[str, int], Cost]) -> str:
    """The chart as SVG."""
    tools = list(dict.fromkeys(tool for tool, _ in growth))
    plots = {
        "requests": _curves(growth, lambda cost: cost.requests),
        "seconds": _curves(growth, lambda cost: cost.seconds),
    }
    drawn = _legend(tools)
    for index, (title, curves) in enumerate(plots.items()):
        left = _MARGIN + index * (_WIDTH + _GAP)
        points = [point for curve in curves.values() for point in curve]
        plot = _Plot(left, _decades([x for x, _ in points]), _decades([y for _, y in points]))
        drawn += plot.frame(f"{title}, by number of files")
        for tool, curve in reversed(curves.items()):  # hf-deploy on top
            drawn += _curve(plot, curve, _COLORS[tools.index(tool) % len(_COLORS)])
    return "\n".join([_HEAD, *drawn, "</svg>", ""])


def _curves(growth: Mapping[tuple[str, int], Cost], of: Callable[[Cost], float]) -> Curves:
    curves: Curves = {}
    for (tool, number), cost in sorted(growth.items(), key=lambda item: item[0][1]):
        curves.setdefault(tool, []).append((number, of(cost)))
    return curves


def _curve(plot: _Plot, curve: Sequence[tuple[float, float]], color: str) -> list[str]:
    points = [(plot.x(number), plot.y(cost)) for number, cost in curve]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>'
    fill = "none" if len(points) == 1 else color  # a single point is a plan, not a deploy
    return [line] + [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{color}"/>'
        for x, y in points
    ]


def _legend(tools: Sequence[str]) -> list[str]:
    drawn, x = [], _MARGIN
    for tool, color in zip(tools, _COLORS, strict=False):
        fill = "none" if _COLORS.index(color) != tools.index(tool) else color
        drawn.append(f'<circle cx="{x}" cy="16" r="4" fill="{fill}" stroke="{color}"/>')
        drawn.append(_text(x + 10, 20, tool, "start"))
        x += 34 + round(6.6 * len(tool))
    return drawn


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _share(value: float, decades: tuple[int, int]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])


def _number(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="grid" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str = "end", kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{text}</text>'
