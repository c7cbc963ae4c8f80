"""The command that gives an ensemble again, with the files that it reads.

``ceasefire compare`` holds frameworks against observe-only as shipped; an ensemble holds them against the same
monitoring, like a study. So the command is that of a study, which says everything itself.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from console.choice import Choice
from environment.errors import BadInput, CeasefireError
from experiments.study import parse_study
from experiments.toml_text import study_toml


@dataclass(frozen=True)
class Reproduction:
    """What gives an ensemble again.

    Parameters
    ----------
    command
        The command; empty where there is none.
    note
        What has to be beside it, or why there is none.
    files
        Texts of the files that it reads, by name.
    """

    command: str
    note: str
    files: dict[str, str]


def reproduction(choice: Choice, runs: int, seed: int, name: str = "ensemble") -> Reproduction:
    """The command, and its files, whose first row of ``effect.csv`` is the effect of a choice.

    Parameters
    ----------
    choice
        A choice against observe-only with the same monitoring.
    runs, seed
        Paired replications, from 0 on, and their seed.
    name
        Of the study.
    """
    law, files = choice.framework, {}
    if choice.text:
        law = f"{name}-framework.toml"  # never the name that a visitor gave, which may be the study's or another's
        files[law] = choice.framework_file()
    raw = {
        "name": name,
        "title": f"{choice.title} against observe-only with the same monitoring",
        "question": "Does the agreed response deter?",
        "parameters": {"framework": [law]},
        "scenario": choice.scenario,
        "runs": runs,
        "seed": seed,
        "arms": ["full"],
        "comparison": "same-monitoring",
        "framework_settings": [],  # observe-only keeps every setting, as on the page
        "settings": dict(choice.settings),
        **({"days": float(choice.days)} if choice.days is not None else {}),
    }
    try:
        text = study_toml(parse_study(raw, "the choice"))
    except BadInput as error:
        return Reproduction("", f"No single command gives this again. {error}", {})
    except CeasefireError as error:  # pragma: no cover - a study has no other faults
        return Reproduction("", str(error), {})
    files = {f"{name}.toml": text} | files
    beside = " and ".join(files)
    command = shlex.join(["ceasefire", "sweep", f"{name}.toml", "--out", f"results/{name}"])
    return Reproduction(command, f"with {beside} in the current folder (below)", files)
