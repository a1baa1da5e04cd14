"""``halodot check``: what a study computes and with what, without computing it."""

from __future__ import annotations

import sys

from halodot.cli.console import input_row, print_notes, print_table
from halodot.cli.options import Changes, StudyName, load_study
from halodot.cli.progress import progress_bar


def check(study: StudyName, changes: Changes = None) -> None:
    """Validate a study, say what it computes, and list what is assumed and calibrated in it."""
    from halodot.chain.plan import defaults, left_out, steps
    from halodot.chain.simulate import examine
    from halodot.study.calibration import in_force
    from halodot.study.pages import optical_sources

    loaded = load_study(study, changes)
    with progress_bar("following the chemistry"):
        examined = examine(loaded)
    print(f"{loaded.title}: {len(loaded.inputs)} numbers, no mistake found in what the study states")
    for line in steps(examined):
        print(line)
    print(in_force(loaded))
    if loaded.stack is not None:
        print("The device is not solved here; whether it gives light is what 'halodot run' computes.")
    if absent := left_out(examined):
        print(f"Left out, since it is not stated: {', '.join(absent)}.")
    print_notes(examined.notes, sys.stdout)
    if rows := defaults(examined):
        print_table("", (f"taken by default ({len(rows)})", "value", "about"), rows)
    for kind in ("calibrated", "assumed"):
        entries = [(path, entry) for path, entry in loaded.inputs.items() if entry.kind == kind]
        if entries:
            head = (f"{kind} ({len(entries)})", "value", "range or sd", "source", "method")
            print_table("", head, map(input_row, entries))
    if constants := [row for row in optical_sources(loaded) if row[1]]:
        print_table("", ("optical constants", "kind", "source"), constants)
