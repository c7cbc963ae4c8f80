"""The command as a user types it: real processes, exit codes, one message for bad input, nothing written."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def ceasefire(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, str(ROOT / "ceasefire.py"), *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


BAD = [
    (("run", "--framework", "multitier"), ("framework", "multitier", "did you mean 'multi-tier'")),
    (("run", "--scenario", "minks"), ("scenario", "minks", "did you mean 'minsk'")),
    (("run", "--set", "reliabilty=0.5"), ("reliabilty", "did you mean 'reliability'")),
    (("run", "--set", "reliability=1.5"), ("reliability", "1.5", "0 to 1")),
    (("run", "--set", "reliability=high"), ("reliability", "high", "0 to 1")),
    (("run", "--set", "reliability=nan"), ("reliability", "nan", "0 to 1")),
    (("run", "--set", "us.initial_stance=commited"), ("us.initial_stance", "did you mean 'committed'")),
    (("run", "--set", "framework.tier_2.deadline_hours=10"), ("tier_2.deadline_hours", "10", "24")),
    (("run", "--set", "framework.tier_9.deadline_hours=10"), ("tier_9",)),
    (("run", "--set", "novalue"), ("--set", "novalue", "KEY=VALUE")),
    (("run", "--days", "-5"), ("scenario.days", "-5")),
    (("run", "--seed", "18446744073709551616"), ("18446744073709551616", "2**64 - 1")),
    (("run", "--set", "rules.russia=nowhere.py:Dove"), ("rules.russia", "nowhere.py:Dove")),
    (("run", "--explain", "reliability.tier_22"), ("reliability.tier_22", "did you mean")),
    (("frameworks", "show", "article5"), ("article5", "did you mean 'article-5'")),
    (("frameworks", "check", "no-such-file.toml"), ("no-such-file.toml",)),
    (("sweep", "reliabilty"), ("reliabilty", "did you mean 'reliability'")),
    (("sweep", "reliability", "--runs", "-3"), ("--runs", "-3")),
    (("compare", "multi-tier", "nato"), ("nato",)),
    (("sweep", "reliability", "--precision", "0"), ("--precision", "0")),
    (("sweep", "reliability", "--engine", "numpy"), ("--engine", "numpy", "compiled", "mesa")),
    (("verify", "nowhere"), ("nowhere", "a results folder")),
]


@pytest.mark.parametrize(("words", "said"), BAD, ids=[" ".join(w) for w, _ in BAD])
def test_bad_input_is_one_message_and_exit_code_2(
    words: tuple[str, ...], said: tuple[str, ...], tmp_path: Path
) -> None:
    done = ceasefire(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == "" and "Traceback" not in done.stderr
    for part in said:
        assert part in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_output_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    done = ceasefire("sweep", "reliability", "--runs", "2", "--out", str(tmp_path))
    assert done.returncode == 2 and "nothing was written" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_run_as_json_and_as_a_log(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    done = ceasefire("run", "--scenario", "certain", "--days", "30", "--format", "json", "--log", str(log))
    assert done.returncode == 0
    said = json.loads(done.stdout)
    for key in (
        "framework",
        "scenario",
        "seed",
        "days_survived",
        "ending",
        "violations",
        "cases",
        "tiers",
        "deadlines",
    ):
        assert key in said
    assert said["violations"] == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1}
    assert said["deadlines"] == {"met": 3, "missed": 0}
    events = [json.loads(line) for line in log.read_text().splitlines()]
    first = {
        name: next(e for e in events if e["event"] == name)
        for name in ("violation_begins", "warning_delivered")
    }
    began = first["violation_begins"]["t"]
    assert first["warning_delivered"]["t"] - began <= 24
    opened = {e["tier"]: e["t"] - began for e in events if e["event"] == "tier_opened"}
    assert opened == {1: 0, 2: 24, 3: 72}
    assert list(events[0])[:10] == [
        "t", "event", "actor", "sector", "level", "case", "clock", "tier", "clause", "evidence",
    ]  # fmt: skip


def test_the_story_ends_with_the_outcome() -> None:
    done = ceasefire("run", "--days", "20", "--seed", "18446744073709551615")
    assert done.returncode == 0 and "the cease-fire takes effect" in done.stdout
    assert "\x1b" not in done.stdout and "Outcome" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("run",),
        ("frameworks",),
        ("frameworks", "show"),
        ("sweep",),
        ("compare",),
        ("verify",),
        ("validate",),
    ],
)
def test_help_everywhere_without_the_heavy_libraries(words: tuple[str, ...]) -> None:
    script = (
        "import sys; sys.argv = ['ceasefire', *sys.argv[1:], '--help']\n"
        "import ceasefire\n"
        "try:\n    ceasefire.main()\nexcept SystemExit as end:\n    code = end.code\n"
        "heavy = {'numba', 'mesa', 'numpy', 'pandas', 'scipy', 'matplotlib', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_an_interrupted_sweep_stops_cleanly(tmp_path: Path) -> None:
    out = tmp_path / "out"
    running = subprocess.Popen(
        [
            sys.executable,
            str(ROOT / "ceasefire.py"),
            "sweep",
            "reliability",
            "--out",
            str(out),
            "--runs",
            "400",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = time.monotonic() + 120
    while not (out / "ledger").is_file() and time.monotonic() < limit:
        time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in errors and "interrupted" in errors
    assert f"ceasefire sweep reliability --out {out} --runs 400 --resume" in errors
    ledger = (out / "ledger").read_text()
    assert all(path.name in ledger for path in out.glob("runs/*.parquet"))


def test_names_that_resolve_elsewhere_are_refused(tmp_path: Path) -> None:
    shadow = tmp_path / "environment"
    shadow.mkdir()
    (shadow / "__init__.py").write_text("")
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import ceasefire, environment\n"
        "import importlib.util as u\n"
        "real = u.find_spec\n"
        "from importlib.machinery import PathFinder\n"
        f"u.find_spec = lambda name: PathFinder.find_spec(name, [{str(tmp_path)!r}]) or real(name)\n"
        "sys.argv = ['ceasefire', 'frameworks']\n"
        "ceasefire.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "shadows it" in done.stderr
