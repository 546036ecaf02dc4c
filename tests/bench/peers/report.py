"""What compare.py found, as lines, as a table in Markdown, and as a picture."""

import importlib.metadata
import os
import platform
from typing import NamedTuple, Tuple
from xml.sax.saxutils import escape

import rows

HEAD = ("work", "ours", "CPU", "speed", "peer", "CPU", "speed", "CPU ratio", "time ratio", "CPU max/min", "memory",
        "goals")
WIDTHS = (50, 27, 11, 13, 19, 11, 13, 5, 5, 9, 13, 0)


class Line(NamedTuple):
    """Ours beside one peer."""

    row: str
    ours: str
    peer: str
    cells: Tuple[str, ...]
    missed: Tuple[str, ...]


def lines(row, medians):
    """The first of ours beside each peer, with its goals; the others beside the best."""
    peers = [name for name in row.peers if "cpu" in medians[name]]
    made = [line(row, medians, row.ours[0], peer, peers, row.goals) for peer in row.peers]
    for name in row.ours[1:]:
        made += [line(row, medians, name, best("cpu", medians, peers), peers, ())] if peers else []
    return made


def line(row, medians, ours, peer, peers, goals):
    mine, theirs = medians[ours], medians[peer]
    there = "cpu" in mine and "cpu" in theirs
    checked = [(goal, reached(goal, medians, mine, peer, peers)) for goal in goals]
    checked = [(goal, value) for goal, value in checked if value is not None]
    cells = (
        row.title, ours, *shown(row, mine), peer, *shown(row, theirs),
        ratio(mine["cpu"] / theirs["cpu"]) if there else "", ratio(mine["time"] / theirs["time"]) if there else "",
        f"{mine['spread']:.1f} / {theirs['spread']:.1f}" if there else "",
        f"{mine['memory']:.0f} / {theirs['memory']:.0f} MiB" if there and "memory" in mine else "",
        "; ".join(f"{goal}: {value:.2f}, {'met' if value <= goal.limit else 'MISSED'}" for goal, value in checked),
    )
    return Line(row.title, ours, peer, cells, tuple(str(goal) for goal, value in checked if value > goal.limit))


def reached(goal, medians, mine, peer, peers):
    """What is to be below the limit of a goal, or None where it is another peer's. What was not measured meets none."""
    if not peers:
        return None
    reference = {None: peers[0], rows.BEST: best(goal.measure, medians, peers)}.get(goal.of, goal.of)
    if peer != reference:
        return None
    if goal.measure not in mine:
        return float("inf")
    return mine[goal.measure] / (medians[peer][goal.measure] if goal.of else 1)


def best(measure, medians, peers):
    return min(peers, key=lambda name: medians[name][measure])


def shown(row, median):
    """CPU and speed of one client."""
    if "cpu" not in median:
        return "not built" if median["missing"] != "error" else "error", ""
    cpu, time = median["cpu"], median["time"]
    return {
        "call": lambda: (f"{cpu:.1f} us", f"{1e6 / time:,.0f}/s"),
        "byte": lambda: (f"{cpu:.2f} s/GB", f"{1e3 / time:,.0f} MB/s"),
        "all": lambda: (f"{cpu:.1f} ms", f"{time:.1f} ms"),
    }[row.unit]()


def ratio(value):
    return f"{value:.2f}"


def plain(line):
    return " ".join(cell.ljust(width) for cell, width in zip(line.cells, WIDTHS)).rstrip()


def markdown(compared, rounds):
    """The table, of which each row is one line of ours beside one peer."""
    packages = ("boto3", "minio", "obstore", "opendal", "pyarrow", "s3fs")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    cells = [HEAD, ("---",) * 2 + ("--:",) * 2 + ("---",) + ("--:",) * 6 + ("---",)]
    cells += [line.cells for row, medians in compared for line in lines(row, medians)]
    return (
        f"Medians of {rounds} rounds, CPython {platform.python_version()}, {os.cpu_count()} processors; {versions}.\n"
        "CPU is that of the client's process, and a ratio is ours divided by the peer's. Memory is what is resident\n"
        "above the object, after the first GET, or what the import adds.\n\n"
        + "".join(f"| {' | '.join(each)} |\n" for each in cells)
    )


LEFT, TOP, STEP, BAR, SCALE, MOST = 380, 40, 22, 12, 200, 2.0


def picture(compared):
    """The CPU time of ours as a part of the best peer's, and the goals for it."""
    bars = []
    for row, medians in compared:
        peers = [name for name in row.peers if "cpu" in medians[name]]
        if peers and "cpu" in medians[row.ours[0]]:
            peer = best("cpu", medians, peers)
            limit = min((goal.limit for goal in row.goals if goal.measure == "cpu" and goal.of in (peer, rows.BEST)),
                        default=None)
            bars.append((row.title, peer, medians[row.ours[0]]["cpu"] / medians[peer]["cpu"], limit))
    width, height = LEFT + int(MOST * SCALE) + 180, TOP + STEP * len(bars) + 10
    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        '<text x="10" y="20" font-size="14" fill="#111111">CPU time of the client, divided by that of the best peer; '
        'less is better, and a black mark is the goal</text>',
    ]
    for number, (title, peer, value, limit) in enumerate(bars):
        y = TOP + STEP * number
        color = "#777777" if limit is None else "#2a7f3f" if value <= limit else "#c05a1c"
        made += [
            f'<text x="{LEFT - 8}" y="{y + 10}" text-anchor="end" fill="#111111">{escape(title)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{min(value, MOST) * SCALE:.1f}" height="{BAR}" fill="{color}"/>',
            f'<text x="{LEFT + min(value, MOST) * SCALE + 6:.1f}" y="{y + 10}" fill="#111111">{value:.2f} of '
            f'{escape(peer)}</text>',
        ]
        if limit:
            x = LEFT + min(limit, MOST) * SCALE - 1
            made.append(f'<rect x="{x:.1f}" y="{y - 3}" width="2" height="{BAR + 6}" fill="#111111"/>')
    made.append(f'<line x1="{LEFT + SCALE}" y1="{TOP - 8}" x2="{LEFT + SCALE}" y2="{height - 6}" stroke="#888888" '
                'stroke-dasharray="4 3"/>')
    return "\n".join([*made, "</svg>", ""])
