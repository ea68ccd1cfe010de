"""The growth section as one picture: an SVG beside the results, drawn by Plotly in a headless Chromium."""

from __future__ import annotations

import urllib.parse
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots

from benchmarks.browser import chromium
from benchmarks.learners import CHANNELS_LAST
from benchmarks.timing import BASELINE, OURS

COLOURS = {"cnn": "#0877bd", "transformer": "#7b52ab"}
GREY = "#8a8f98"
STYLES = {OURS: {"width": 3}, CHANNELS_LAST: {"width": 2, "dash": "dot"}, BASELINE: {"width": 2}}


def growth_figure(figures: dict[str, Any]) -> go.Figure:
    """One row a model, one column a setting: step time relative to the torch.nn twin; below 1 is faster."""
    columns = max(len(growth) for growth in figures.values())
    titles = [f"{model}: {title}" for model, growth in figures.items() for title in growth]
    figure = make_subplots(
        rows=len(figures), cols=columns, subplot_titles=titles, shared_yaxes="all", vertical_spacing=0.16
    )
    for row, (model, growth) in enumerate(figures.items(), start=1):
        for column, points in enumerate(growth.values(), start=1):
            for name in points[0]["ratio"]:
                figure.add_scatter(
                    x=[str(point["size"]) for point in points],
                    y=[point["ratio"][name] for point in points],
                    name=name,
                    mode="lines" if name == BASELINE else "lines+markers",
                    line=STYLES[name] | {"color": COLOURS[model] if name == OURS else GREY},
                    showlegend=row == column == 1,
                    row=row,
                    col=column,
                )
        figure.update_yaxes(title_text="step time ÷ torch.nn's", row=row, col=1)
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(type="category")
    figure.update_layout(
        template="plotly_white",
        width=1200,
        height=620,
        font_size=12,
        legend={"orientation": "h", "y": -0.1},
        margin={"t": 40, "b": 40, "l": 60, "r": 20},
    )
    return figure


def write_growth_plot(figures: dict[str, Any], path: Path) -> None:
    """Plotly.js draws SVG only in a browser; without one there is no plot, and a sentence that says so.

    Raises:
        RuntimeError: there is no Chromium.
    """
    with chromium() as browser:
        page = browser.new_page()
        page.add_script_tag(content=get_plotlyjs())
        address = page.evaluate(
            "figure => Plotly.toImage(figure, {format: 'svg', width: 1200, height: 620})",
            growth_figure(figures).to_plotly_json() | {"config": {}},
        )
    path.write_text(urllib.parse.unquote(address.partition(",")[2]))
