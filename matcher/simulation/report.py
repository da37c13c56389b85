"""One page about a simulation: what was promised, what came out, and what it cannot say. Needs no other file."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from matcher.simulation.charts import Dot, dot_plot
from matcher.simulation.comparing import OVERLOAD_MOST, Limit, Row, limits, table
from matcher.simulation.running import KEEPS_STEPS, Plan, Results

STYLE: Final = """
:root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
figure{margin:1.5rem 0}figcaption{font-weight:600}svg{width:100%;height:auto}svg text{font-size:12px;fill:currentColor}
.name{text-anchor:end}.tick{text-anchor:middle;opacity:.8}.grid{stroke:currentColor;opacity:.15}
.limit{stroke:currentColor;stroke-dasharray:4 4}.other{stroke:#777;fill:#777;stroke-width:2}
.ours{stroke:#1a7f6b;fill:#1a7f6b;stroke-width:3}.wide{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}
td,th{padding:.25rem .75rem;text-align:right;border-bottom:1px solid #8884}td:first-child,th:first-child{text-align:left}
"""
CANNOT: Final = (
    (
        "The people here are invented, and so is how they feel: thresholds, sensitivities and the shape of the "
        "truth were chosen by us, near to the model that is tried on them. Real comfort may follow no such shape."
    ),
    (
        "Differences between ways of choosing can be trusted more than any single figure. A share of visits that "
        "were too much is not a forecast for anybody."
    ),
    (
        "Nobody here is helped by a friend, falls ill, moves, or finds their own way without Matcher; caseworkers "
        "only talk about a rest; what people say of a place to each other is missing."
    ),
    "Whether an invitation does good beyond the visit itself, a year later or at all, is not asked.",
    "Everybody answers honestly and every outcome is recorded. In life silence is common and words are kind.",
)
PLOTS: Final = (
    ("overload", "Visits that were too much", 100.0, "%"),
    ("served", "Served among those who could truly be served", 100.0, "%"),
    (
        "new_level",
        "All right one small stretch beyond what was comfortable, visits a person and year",
        1.0,
        "",
    ),
    ("left", "People who left", 100.0, "%"),
)
COLUMNS: Final = (
    ("overload", 100.0), ("twice", 100.0), ("left", 100.0), ("fifth_ok_week", 1.0), ("served", 100.0),
    ("new_level", 1.0), ("beyond_intake", 1.0), ("ok_visits", 1.0), ("messages", 1.0), ("organisation_months", 1.0), ("below_best", 100.0),
)  # fmt: skip


def html(plan: Plan, results: Results, machine: Mapping[str, str | int]) -> str:
    """The whole page."""
    rows = table(plan, results)
    head = "Matcher: a simulation"
    parts = [
        f"<h1>{head}</h1><p>{_what(plan, machine)}</p>",
        "<h2>What was promised</h2>", _promises(limits(plan, results)),
        *[_plots(rows, sensitivity) for sensitivity in plan.sensitivities],
        "<h2>All figures</h2>", _figures(rows),
        "<h2>What this cannot show</h2><ul>", *[f"<li>{escape(line)}</li>" for line in CANNOT], "</ul>",
    ]  # fmt: skip
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{head}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _what(plan: Plan, machine: Mapping[str, str | int]) -> str:
    size, on = plan.size, ", ".join(f"{name} {value}" for name, value in machine.items())
    said = (
        f"{plan.seeds} seeds for each world, {size.people} people, {size.opportunities} opportunities, {size.weeks} weeks; "
        f"means with 95 % intervals over seeds. {on}"
    )
    return escape(said)


def _promises(found: list[Limit]) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td><td>{one.value:.4g} {escape(one.unit)}</td><td>{one.limit:g}</td>"
        f"<td>{'kept' if one.ok else 'missed'}</td></tr>"
        for one in found
    )
    return f'<div class="wide"><table><tr><th>what</th><th>came to</th><th>limit</th><th></th></tr>{rows}</table></div>'


def _plots(rows: list[Row], sensitivity: float) -> str:
    here = [row for row in rows if row["sensitivity"] == sensitivity and row["world"] == "plain"]
    made = [f"<h2>Sensitivity {sensitivity}</h2>"]
    for name, title, factor, unit in PLOTS:
        limit = OVERLOAD_MOST[sensitivity] if name == "overload" else None
        dots = [_dot(row, name, factor) for row in here]
        made.append(dot_plot(title, unit, dots, limit))
    return "".join(made)


def _dot(row: Row, name: str, factor: float) -> Dot:
    mean, low, high = (factor * float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return Dot(str(row["policy"]), mean, low, high, ours=row["policy"] == KEEPS_STEPS)


def _figures(rows: list[Row]) -> str:
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name, _factor in COLUMNS)
    body = "".join(
        f"<tr><td>{row['world']}, {row['sensitivity']}, {row['policy']}</td>"
        + "".join(f"<td>{factor * float(row[name]):.3g}</td>" for name, factor in COLUMNS)
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><tr><th>world</th>{head}</tr>{body}</table></div>'
