"""Studies that name files of their own: a page reads what is shipped and what lies in the results folder alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from environment import frameworks
from environment.errors import CeasefireError
from experiments.design import Design, run_again
from experiments.scenario import shipped
from experiments.study import Study
from experiments.sweep import design_of


class NamesAFile(CeasefireError):
    """A study that can be resolved only by reading a file that it names."""


def named_file(study: Study) -> str:
    """What a study names that is not shipped, in words; empty where there is nothing of the kind."""
    if study.scenario not in shipped():
        return "scenario"
    settings: list[Mapping[str, Any]] = [study.settings, *study.rows()]
    laws = {study.framework, *(str(row["framework"]) for row in settings if "framework" in row)}
    if not laws <= set(frameworks.shipped()):
        return "framework"
    if any(".py" in text for row in settings for value in row.values() for text in _texts(value)):
        return "rule of a party"
    return ""


def _texts(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def warning(study: Study) -> str:
    """What a visitor must know before running a study again that names a file; empty where it names none."""
    what = named_file(study)
    if not what:
        return ""
    return (
        f"This study names a {what} of its own, in a file, which the page does not open: stored numbers are shown, and "
        "nothing that has to be worked out again. The command below opens it; look at the file first."
    )


def shipped_design(study: Study) -> Design:
    """The design of a study, which is resolved only where nothing but shipped files is read for it.

    Raises
    ------
    NamesAFile
        If the study names a file of its own.
    """
    what = named_file(study)
    if what:
        raise NamesAFile(f"The page opens no files, and this study names a {what} of its own, in a file.")
    return design_of(study)


def full_command(study: Study, point: int, seed: int, replication: int) -> str:
    """The command that runs one replication of the full arm, put together without reading what the study names."""
    values = {**study.settings, **study.rows()[point]}
    law = str(values.pop("framework", study.framework))
    return f"{run_again(study, law, values, seed)} --replication {replication}"
