"""``ceasefire validate``: the patterns of the evidence beside what the default scenario gives."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context

from tabulate import tabulate
from tqdm import tqdm

from analysis.patterns import effects_at, patterns, tasks, watch
from experiments.warmup import warm


def validate_command(runs: int, workers: int | None, seed: int, form: str) -> None:
    """Run what the patterns need and print the table; parameters as the options of ``ceasefire validate``."""
    warm("compiled")
    warm("log")
    todo = tasks(runs, seed)
    flat = [task for group in todo.values() for task in group]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        done = pool.map(watch, flat, chunksize=16)
        rows = list(tqdm(done, total=len(flat), desc="runs", unit="run"))
    results, first = {}, 0
    for name, group in todo.items():
        results[name] = rows[first : first + len(group)]
        first += len(group)
    found, effects = patterns(results, seed), effects_at(results)
    if form == "json":
        said = [asdict(p) | {"verdict": p.verdict} for p in found]
        fields = ("reliability", "effect", "low", "high")
        partners = [dict(zip(fields, row, strict=True)) for row in effects_at(results, "partners")]
        at = [dict(zip(("reliability", "effect", "low", "high"), row, strict=True)) for row in effects]
        print(
            json.dumps(
                {"runs": runs, "seed": seed, "patterns": said, "P5": at, "P5_partners": partners}, indent=2
            )
        )
        return
    table = [
        (
            p.pattern,
            p.what,
            f"{p.target_low:g} to {p.target_high:g} {p.unit}",
            f"{p.ours:.3g}",
            f"[{p.low:.3g}, {p.high:.3g}]",
            p.verdict,
            p.use,
        )
        for p in found
    ]
    print(tabulate(table, headers=("", "pattern", "target", "ours", "95% interval", "verdict", "use")))
    print("\nP5  effect of multi-tier on violence at the reliabilities of the literature")
    beside = zip(effects, effects_at(results, "partners"), strict=True)
    shown = [
        (f"{a[0]:g}", *(f"{e:.3f} [{low:.3f}, {high:.3f}]" for _, e, low, high in (a, b))) for a, b in beside
    ]
    headers = ("r", "every tier at r", "partners' tiers at r, Ukraine's own at its default")
    print(tabulate(shown, headers=headers, disable_numparse=True))
    print(f"\n{runs} runs a set, seed {seed}. Targets and sources: analysis/patterns.toml.")
