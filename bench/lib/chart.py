"""Draws a bench's medians as ratios to plain forwarding: LINES.last TITLE OUT.svg"""
import json
import sys

import pygal
from pygal.style import Style

MEASURES = (
    ("bulk-1", "bulk"),
    ("bulk-4", "bulk, 4 connections"),
    ("kept-32", "requests/s, kept"),
    ("new", "new connections/s"),
    ("kept-32-cpu-machine", "CPU a request"),
    ("bulk-1-cpu-machine", "CPU a gigabyte"),
    ("tls-bulk", "bulk, TLS"),
    ("tls-new", "new TLS connections/s"),
    ("latency-p50", "latency p50"),
    ("latency-p99", "latency p99"),
)

lines, title, target = sys.argv[1:]
ratios, subjects = {}, []
for line in open(lines, encoding="utf-8"):
    one = json.loads(line)
    if one["subject"] not in subjects:
        subjects.append(one["subject"])
    if one["ratioTo"] == "forward" and one["ratio"] is not None:
        ratios[one["measure"], one["subject"]] = one["ratio"]
shown = [(key, name) for key, name in MEASURES if any((key, subject) in ratios for subject in subjects)]
if not shown:
    sys.exit("nothing to draw: no figure of this run has forwarding beside it")
chart = pygal.Bar(
    title=title,
    y_title="ratio to plain kernel forwarding",
    style=Style(background="white", plot_background="white", font_family="sans-serif", title_font_size=16),
    width=1100,
    height=480,
    legend_at_bottom=True,
    legend_at_bottom_columns=4,
    # Nothing is fetched and nothing is run by who opens the picture.
    js=[],
    disable_xml_declaration=True,
    print_values=False,
    x_label_rotation=20,
)
chart.x_labels = [name for _, name in shown]
for subject in subjects:
    row = [ratios.get((key, subject)) for key, _ in shown]
    if any(value is not None for value in row):
        chart.add(subject, row)
chart.render_to_file(target)
