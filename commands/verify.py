"""What ``ceasefire verify`` does: a results folder against its ledger, byte for byte."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from environment.errors import CeasefireError

if TYPE_CHECKING:
    from experiments.inspection import Report


class NotWhole(CeasefireError):
    """The folder is damaged or incomplete."""


def verify_command(folder: str, form: str = "text") -> None:
    """Check a results folder and say what is wrong with it.

    Errors
    ------
    BadInput
        If the folder is not ours.
    NotWhole
        If anything is damaged, unknown or missing.
    """
    from experiments.inspection import inspect_folder

    report = inspect_folder(Path(folder))
    if form == "json":
        print(json.dumps({"folder": folder, "verdict": _verdict(report), **asdict(report)}, indent=2))
    else:
        for fault in report.faults:
            print(f"{fault.file}: {fault.what}. What to do: {fault.do}.")
        print(
            f"{report.files} files are what was written, with {report.rows} runs in {report.shards} shards."
        )
        if not report.complete:
            print(_shortfall(report))
    if report.faults or not report.complete:
        raise NotWhole(f"{folder}: {_verdict(report)}")


def _verdict(report: Report) -> str:
    if report.faults:
        number = len(report.faults)
        return f"{number} fault{'s' if number > 1 else ''} found"
    return "whole" if report.complete else "incomplete"


def _shortfall(report: Report) -> str:
    do = "a sweep is writing it just now" if report.being_written else "--resume goes on with it"
    if report.expected is None:
        return f"incomplete: {report.shards} shards, of how many is not known; {do}"
    if report.shards == report.expected:
        return f"incomplete: all {report.expected} shards so far are there, but the sweep has not ended; {do}"
    return f"incomplete: {report.shards} of {report.expected} shards; {do}"
