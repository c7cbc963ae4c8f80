"""What goes wrong with disks and files: named, set aside, and only what is lost is made again."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from processes import ROOT, env, finish, mounted, small_sweep
from small_sweep import STUDY, sweep
from test_kills import COMMAND_STUDY, stored

from commands.lasting import NarrowEnough
from commands.verify import NotWhole, verify_command
from environment.errors import BadInput, CeasefireError
from experiments.folder import place
from experiments.identity import SEMANTICS
from experiments.inspection import inspect_folder
from experiments.lease import Lease
from experiments.ledger import _check, ledger_line
from experiments.store import load
from experiments.study import override

__all__ = ["env"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small sweep, never interrupted."""
    return sweep(tmp_path_factory.mktemp("whole") / "out")


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


# -- damage ----------------------------------------------------------------------------------------


def shard(folder: Path, number: int) -> Path:
    return sorted(folder.glob("runs/*"))[number]


def everything(folder: Path) -> dict[str, bytes | str | None]:
    """All that is in a folder: bytes of files, targets of links."""
    paths = sorted(folder.rglob("*"))
    return {
        str(path): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else None
        for path in paths
    }


def flip(path: Path, at: float = 0.5) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 1
    path.write_bytes(bytes(data))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def lines(folder: Path) -> list[bytes]:
    return (folder / "ledger").read_bytes().splitlines(keepends=True)


def damage_line(folder: Path, name: str) -> None:
    lines = (folder / "ledger").read_text().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if f'"{name}"' in line)
    lines[number] = lines[number].replace('"rows": ', '"rows": 1')
    (folder / "ledger").write_text("".join(lines))


def tear(folder: Path) -> None:
    (folder / "ledger").write_bytes((folder / "ledger").read_bytes()[:-30])


DAMAGE: dict[str, tuple[Callable[[Path], Any], str, int]] = {
    "a flipped byte": (lambda f: flip(shard(f, 3)), "runs/{3} is damaged", 1),
    "a truncated shard": (lambda f: truncate(shard(f, 4)), "runs/{4} is damaged", 1),
    "an empty shard": (lambda f: shard(f, 4).write_bytes(b""), "runs/{4} is damaged", 1),
    "a missing shard": (lambda f: shard(f, 5).unlink(), "runs/{5} is missing", 1),
    "a damaged line": (lambda f: damage_line(f, f"runs/{shard(f, 2).name}"), "is damaged and left out", 1),
    "a foreign file": (lambda f: (f / "runs" / "x.parquet").write_bytes(b"x"), "runs/x.parquet is not of", 0),
    "a damaged trace": (lambda f: flip(next(f.glob("failures/*"))), "failures/", 1),
    "a damaged study": (lambda f: flip(f / "study.toml"), "study.toml is damaged", 0),
    "a damaged provenance": (lambda f: flip(f / "provenance.json"), "provenance.json is damaged", 0),
    "a damaged effect": (lambda f: flip(f / "effect.csv"), "effect.csv is damaged", 0),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named_and_only_what_is_lost_is_made_again(
    copy: Path, whole: Path, what: str, capfd: pytest.CaptureFixture[str]
) -> None:
    damage, said, again = DAMAGE[what]
    names = [path.name for path in sorted(copy.glob("runs/*"))]
    before = {path.name: path.stat().st_mtime_ns for path in copy.glob("runs/*")}
    damage(copy)
    with pytest.raises(NotWhole):
        verify_command(str(copy))
    assert "What to do" in capfd.readouterr().out
    sweep(copy, resume=True)
    for number, name in enumerate(names):
        said = said.replace(f"{{{number}}}", name)
    assert said in capfd.readouterr().err
    after = {path.name: path.stat().st_mtime_ns for path in copy.glob("runs/*")}
    assert sum(before.get(name) != changed for name, changed in after.items()) == again
    assert stored(copy) == stored(whole)
    verify_command(str(copy))
    assert (copy / "quarantine").is_dir() == (what not in ("a missing shard", "a damaged line"))


def test_a_torn_last_line_of_the_ledger_is_cut_off(copy: Path, whole: Path) -> None:
    tear(copy)
    faults = [(fault.file, fault.what) for fault in inspect_folder(copy).faults]
    assert faults[0] == ("ledger", "its last line is cut short")
    assert [what for _, what in faults[1:]] == ["is not in the ledger"]  # what that line named
    sweep(copy, resume=True)
    assert stored(copy) == stored(whole)
    verify_command(str(copy))


def test_runs_of_which_nothing_says_what_they_are_are_not_gone_on_with(copy: Path) -> None:
    flip(copy / "study.toml")
    flip(copy / "provenance.json")
    with pytest.raises(CeasefireError, match="nothing says of which sweep"):
        sweep(copy, resume=True)


# -- verify ----------------------------------------------------------------------------------------


def test_verify_passes_over_a_whole_folder(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verify_command(str(whole), "json")
    said = json.loads(capsys.readouterr().out)
    assert (said["verdict"], said["rows"], said["shards"], said["expected"]) == ("whole", 400, 10, 10)
    assert said["faults"] == []


def test_verify_sees_a_changed_byte_anywhere(whole: Path, tmp_path: Path) -> None:
    names = [path.relative_to(whole) for path in sorted(whole.rglob("*")) if path.is_file()]
    assert len(names) > 15
    for name in names:
        for at in (0.0, 0.4, 0.999):
            folder = Path(shutil.copytree(whole, tmp_path / "copy"))
            flip(folder / name, at)
            report = inspect_folder(folder)
            assert report.faults or not report.complete, (name, at)
            shutil.rmtree(folder)


def test_verify_says_how_much_is_missing(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (copy / "ledger").read_text().splitlines(keepends=True)
    gone = {path.name for path in sorted(copy.glob("runs/*"))[:4]}
    (copy / "ledger").write_text("".join(line for line in lines if not any(name in line for name in gone)))
    for name in gone:
        (copy / "runs" / name).unlink()
    with pytest.raises(NotWhole, match="incomplete"):
        verify_command(str(copy))
    assert "incomplete: 6 of 10 shards" in capsys.readouterr().out


def test_verify_refuses_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("text")
    for folder in (tmp_path, tmp_path / "thesis.tex", tmp_path / "nowhere"):
        with pytest.raises(BadInput):
            verify_command(str(folder))


# -- another sweep ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 4}, "seed: got 4; allowed: 3"),
        ({"runs": 41}, "runs: got 41; allowed: 40"),
        (
            {"study": override(STUDY, "x", settings={"stance": "firm"})},
            "settings.stance: got 'firm'; allowed: None",
        ),
        ({"study": override(STUDY, "x", parameters={"reliability": [0, 1]})}, "parameters.reliability: got"),
        ({"study": override(STUDY, "x", precision=0.5)}, "precision: got 0.5; allowed: None"),
        ({"simulate": "other_rules:simulate"}, "rules: got 'of another day'; allowed: None"),
    ],
)
def test_another_sweep_is_not_gone_on_with(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], said: str
) -> None:
    other = "from small_sweep import simulate\ndef engine_digest(): return 'of another day'\n"
    (tmp_path / "other_rules.py").write_text(other)
    monkeypatch.syspath_prepend(tmp_path)
    before = stored(copy)
    with pytest.raises(BadInput) as caught:
        sweep(copy, resume=True, **change)
    assert said in str(caught.value)
    assert stored(copy) == before and not (copy / "lease").exists()


def test_another_version_of_the_semantics_is_not_gone_on_with(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.plan.SEMANTICS", SEMANTICS + 1)
    with pytest.raises(BadInput, match=f"semantics: got {SEMANTICS + 1}; allowed: {SEMANTICS}"):
        sweep(copy, resume=True)


def test_a_damaged_provenance_does_not_let_other_rules_in(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "from small_sweep import simulate\ndef engine_digest(): return 'of a third day'\n"
    (tmp_path / "third_rules.py").write_text(other)
    monkeypatch.syspath_prepend(tmp_path)
    flip(copy / "provenance.json")
    before = everything(copy)
    with pytest.raises(BadInput, match=r"rules of runs/000000-.*: got 'of a third day'; allowed: ''"):
        sweep(copy, resume=True, simulate="third_rules:simulate")
    assert everything(copy) == before
    monkeypatch.setattr("experiments.identity.SEMANTICS", SEMANTICS + 1)
    said = rf"semantics of runs/000000-.*: got '{SEMANTICS + 1}'; allowed: '{SEMANTICS}'"
    with pytest.raises(BadInput, match=said):
        sweep(copy, resume=True)


@pytest.mark.parametrize("name", ["numpy", "numba", "pyarrow"])
def test_another_library_is_not_gone_on_with(copy: Path, name: str) -> None:
    said = json.loads((copy / "provenance.json").read_text())
    place(copy, "provenance.json", json.dumps(said | {"versions": said["versions"] | {name: "0.1"}}).encode())
    with pytest.raises(BadInput, match=f"version of {name}: got .*; allowed: '0.1'"):
        sweep(copy, resume=True)


def test_another_compiled_loop_is_not_gone_on_with(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = json.loads((copy / "provenance.json").read_text())
    assert said["loop"] is None
    place(copy, "provenance.json", json.dumps(said | {"loop": "of another day"}).encode())
    monkeypatch.setattr("experiments.plan.Plan.loop", lambda plan: "of this day")
    with pytest.raises(
        BadInput, match="digest of the compiled loop: got 'of this day'; allowed: 'of another"
    ):
        sweep(copy, resume=True)


def test_another_scenario_of_the_same_name_is_not_gone_on_with(copy: Path) -> None:
    def changed(framework: str, scenario: str, settings: dict[str, Any], days: float | None) -> Any:
        from small_sweep import resolve

        return resolve(framework, scenario, {**settings, "clause": 7}, days)

    with pytest.raises(BadInput, match=r"scenario of group 0 \(observe-only\)"):
        sweep(copy, resume=True, resolve=changed)


@pytest.mark.parametrize("files", [[], ["lease"], ["lease", "ledger"]])
def test_a_folder_with_no_more_than_our_lease_is_begun(tmp_path: Path, whole: Path, files: list[str]) -> None:
    for name in files:
        (tmp_path / name).touch()
    sweep(tmp_path, resume=True)
    assert stored(tmp_path) == stored(whole)


@pytest.mark.parametrize("what", ["a file", "a link to a file", "a link to nothing", "a folder"])
@pytest.mark.parametrize("resume", [False, True])
def test_what_only_bears_the_name_of_a_lease_is_left_alone(tmp_path: Path, what: str, resume: bool) -> None:
    folder, victim = tmp_path / "flat", tmp_path / "victim.txt"
    folder.mkdir()
    victim.write_text("Rent is due on the first.")
    if what == "a file":
        shutil.copy(victim, folder / "lease")
    elif what == "a folder":
        (folder / "lease").mkdir()
    else:
        (folder / "lease").symlink_to(victim if what.endswith("file") else tmp_path / "nothing")
    before = everything(tmp_path)
    with pytest.raises(BadInput, match="a folder without a file 'lease' of another kind"):
        sweep(folder, resume=resume)
    with pytest.raises(BadInput), Lease(folder):
        pass
    assert everything(tmp_path) == before


FORGED: list[dict[str, Any]] = [
    {"name": "../victim.txt", "rows": 1, "sha256": "0" * 64},
    {"name": "runs/../../victim.txt", "rows": 1, "sha256": "0" * 64},
    {"name": "{outside}/victim.txt", "rows": 1, "sha256": "0" * 64},
    {"name": "runs/\\..\\victim.parquet", "rows": 1, "sha256": "0" * 64},
    {"name": 5, "rows": 1, "sha256": "0" * 64},
    {"name": "runs/x.parquet", "rows": -1, "sha256": "0" * 64},
    {"name": "runs/x.parquet", "rows": "one", "sha256": "0" * 64},
    {"name": "runs/x.parquet", "rows": 1, "sha256": 7},
    {"name": "runs/x.parquet", "rows": 1},
    {"name": "runs/x.parquet"},
]


@pytest.mark.parametrize("number", range(len(FORGED)))
def test_a_line_that_no_sweep_writes_leads_nowhere(copy: Path, whole: Path, number: int) -> None:
    victim = copy.parent / "victim.txt"
    victim.write_text("keep")
    entry = {
        key: value.format(outside=copy.parent) if key == "name" and isinstance(value, str) else value
        for key, value in FORGED[number].items()
    }
    with (copy / "ledger").open("a") as file:
        file.write(json.dumps({**entry, "check": _check(entry)}) + "\n")
    assert [fault.what for fault in inspect_folder(copy).faults] == [f"line {len(lines(copy))} is damaged"]
    with pytest.raises(CeasefireError, match="is damaged"):
        load(copy)
    sweep(copy, resume=True, workers=1)
    assert victim.read_text() == "keep" and not (copy / "quarantine").exists()
    assert stored(copy) == stored(whole)
    verify_command(str(copy))


@pytest.mark.parametrize("text", ["[]", "{}", '{"scenarios": [{}]}', "[" * 100_000])
def test_a_provenance_that_says_nothing_is_made_again(copy: Path, whole: Path, text: str) -> None:
    place(copy, "provenance.json", text.encode())
    with pytest.raises(NotWhole):
        verify_command(str(copy))
    sweep(copy, resume=True, workers=1)
    assert stored(copy) == stored(whole)
    verify_command(str(copy))


@pytest.mark.parametrize("room", [".tmp", "runs", "failures", "quarantine", "figures"])
@pytest.mark.parametrize("what", ["a link", "a file"])
def test_a_room_that_is_a_link_or_a_file_is_refused(copy: Path, room: str, what: str) -> None:
    outside = copy.parent / "outside"
    outside.mkdir()
    (outside / "victim.txt").write_text("keep")
    shutil.rmtree(copy / room, ignore_errors=True)
    if what == "a link":
        (copy / room).symlink_to(outside)
    else:
        (copy / room).write_text("not a folder")
    before = everything(copy.parent)
    with pytest.raises(
        BadInput, match=f"{room} is a link" if what == "a link" else f"{room} is not a folder"
    ):
        sweep(copy, resume=True)
    assert everything(copy.parent) == before


def test_what_lies_in_the_temporary_folder_is_cleared_and_no_link_followed(copy: Path, whole: Path) -> None:
    outside = copy.parent / "outside"
    outside.mkdir()
    (outside / "victim.txt").write_text("keep")
    (copy / ".tmp" / "deep" / "deeper").mkdir(parents=True)
    (copy / ".tmp" / "deep" / "link").symlink_to(outside)
    (copy / ".tmp" / "link").symlink_to(outside)
    sweep(copy, resume=True, workers=1)
    assert (outside / "victim.txt").read_text() == "keep" and list((copy / ".tmp").iterdir()) == []
    assert stored(copy) == stored(whole)


# -- anything at all -------------------------------------------------------------------------------


PIECES = ["flip line", "end line", "delete line", "flip file", "delete file"]


def targets(whole: Path, kind: str) -> list[Any]:
    if kind == "line":
        return list(range(len(lines(whole))))
    return sorted(str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file())


def damage(folder: Path, what: str, target: Any) -> None:
    path = folder / (target if isinstance(target, str) else "ledger")
    text = [path.read_bytes()] if isinstance(target, str) else lines(folder)
    number = 0 if isinstance(target, str) else target
    data = bytearray(text[number])
    if what == "flip":
        data[len(data) // 2] ^= 1
    elif what == "end":
        data[-1] ^= 1
    text[number] = b"" if what == "delete" else bytes(data)
    path.write_bytes(b"".join(text))
    if what == "delete" and isinstance(target, str):
        path.unlink()


@pytest.mark.parametrize("case", PIECES)
def test_whatever_is_damaged_is_seen_and_mended(whole: Path, tmp_path: Path, case: str) -> None:
    what, kind = case.split()
    for target in targets(whole, kind):
        folder = Path(shutil.copytree(whole, tmp_path / "copy"))
        damage(folder, what, target)
        with pytest.raises(NotWhole):
            verify_command(str(folder))
        sweep(folder, resume=True, workers=1, simulate=simulate_at_once)
        verify_command(str(folder))
        assert stored(folder) == stored(whole), target
        assert {p.name for p in folder.glob("failures/*")} == {p.name for p in whole.glob("failures/*")}
        shutil.rmtree(folder)


@pytest.mark.parametrize("data", [b"", b"\0" * 4096])
def test_a_lost_ledger_does_not_let_another_sweep_in(copy: Path, whole: Path, data: bytes) -> None:
    (copy / "ledger").write_bytes(data)
    with pytest.raises(NotWhole):
        verify_command(str(copy))
    before = everything(copy)
    with pytest.raises(BadInput, match="seed"):
        sweep(copy, resume=True, seed=4)
    assert everything(copy) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("notes.md", "is not of a sweep"),
        ("figures/other.svg", "is not in the ledger"),
        ("failures/other.txt", "is not in the ledger"),
        ("runs/other.parquet", "is not in the ledger"),
    ],
)
def test_verify_names_files_that_do_not_belong(copy: Path, name: str, said: str) -> None:
    (copy / name).write_text("other")
    assert [(fault.file, fault.what) for fault in inspect_folder(copy).faults] == [(name, said)]


def test_a_shard_in_the_ledger_that_is_not_of_the_design_is_seen_and_set_aside(
    copy: Path, whole: Path
) -> None:
    lost, stranger = f"runs/{shard(copy, 5).name}", "runs/000099-full-00000000.parquet"
    data = shard(copy, 5).read_bytes()
    (copy / "ledger").write_bytes(b"".join(line for line in lines(copy) if lost.encode() not in line))
    shard(copy, 5).unlink()
    place(copy, stranger, data)
    with (copy / "ledger").open("ab") as file:
        file.write(ledger_line(stranger, 40, hashlib.sha256(data).hexdigest()))
    report = inspect_folder(copy)
    assert [(fault.file, fault.what) for fault in report.faults] == [(stranger, "is not of this design")]
    assert (report.shards, report.expected, report.complete) == (9, 10, False)
    sweep(copy, resume=True, workers=1)
    assert stored(copy) == stored(whole)
    verify_command(str(copy))


def test_a_sweep_without_its_effects_is_not_complete(copy: Path) -> None:
    (copy / "effect.csv").unlink()
    (copy / "ledger").write_bytes(b"".join(line for line in lines(copy) if b"effect.csv" not in line))
    report = inspect_folder(copy)
    assert (report.faults, report.shards, report.complete) == ([], 10, False)


def test_traces_that_are_being_written_are_no_fault(copy: Path) -> None:
    (copy / "ledger").write_bytes(b"".join(line for line in lines(copy) if b"failures/" not in line))
    assert {fault.what for fault in inspect_folder(copy).faults} == {"is not in the ledger"}
    with Lease(copy):
        assert inspect_folder(copy).faults == []


# -- disks -----------------------------------------------------------------------------------------


def small_files(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_files_that_may_not_grow_end_the_sweep_with_one_sentence(
    tmp_path: Path, env: dict[str, str], whole: Path
) -> None:
    folder, sizes = tmp_path / "out", (100, 1000, 2500, 4000)
    env = env | {"PYTHONDONTWRITEBYTECODE": "1"}  # the limit would cut that short too
    for size in sizes:
        done = finish(small_sweep(folder, "resume", "bare"), env, preexec_fn=small_files(size))
        assert done.returncode == 1, (size, done.stderr)
        assert "File too large" in done.stderr and "Traceback" not in done.stderr
        assert {fault.what for fault in inspect_folder(folder).faults} <= {
            "is not in the ledger", "its last line is cut short", "is not there, so the design is not known",
        }  # fmt: skip
    assert finish(small_sweep(folder, "resume"), env).returncode == 0
    assert stored(folder) == stored(whole)


@pytest.mark.parametrize("size", ["24k", "60k", "80k"])
def test_a_full_disk_ends_the_sweep_with_one_sentence_and_it_can_be_gone_on_with(
    tmp_path: Path, env: dict[str, str], whole: Path, size: str
) -> None:
    with mounted(tmp_path / "disk", size) as remount:
        if remount is None:
            pytest.skip("may not mount: the same is tested with files that may not grow")
        folder = tmp_path / "disk" / "out"
        done = finish(small_sweep(folder, "bare"), env)
        assert done.returncode == 1, done.stderr
        assert "No space left on device" in done.stderr and "Traceback" not in done.stderr
        remount("size=50m")
        last = finish(small_sweep(folder, "resume"), env)
        assert last.returncode == 0, last.stderr
        assert stored(folder) == stored(whole)


def command(study: Path, folder: Path, *words: str) -> list[str]:
    """The words that sweep two days of the real model."""
    study.write_text(COMMAND_STUDY)
    options = ["--workers", "2", "--out", str(folder), *words]
    return [sys.executable, str(ROOT / "ceasefire.py"), "sweep", str(study), *options]


def test_the_command_on_a_full_disk_says_how_to_go_on(tmp_path: Path, env: dict[str, str]) -> None:
    with mounted(tmp_path / "disk", "60k") as remount:
        if remount is None:
            pytest.skip("may not mount: the same is tested with files that may not grow")
        words = command(tmp_path / "study.toml", tmp_path / "disk" / "out")
        done = finish(words, env)
        assert done.returncode == 1 and done.stdout == ""
        assert "Traceback" not in done.stderr
        last = done.stderr.splitlines()[-1]
        assert last.startswith("ceasefire: No space left on device: ")
        assert last.endswith(f"--out {tmp_path}/disk/out --resume")
        remount("size=50m")
        assert finish([*words, "--resume"], env).returncode == 0
        assert finish([sys.executable, str(ROOT / "ceasefire.py"), "verify", words[-1]], env).returncode == 0


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, env: dict[str, str]) -> None:
    with mounted(tmp_path / "disk", "1m") as remount:
        if remount:
            remount("ro")
        else:
            (tmp_path / "disk").chmod(0o555)
        folder = tmp_path / "disk" / "out" if remount or os.getuid() else Path("/sys/ceasefire")
        done = finish(small_sweep(folder), env)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr


# -- precision -------------------------------------------------------------------------------------


def precise(width: float, runs: int = 3000) -> Any:
    return override(STUDY, "x", runs=runs, precision=width, outcomes=["violence"])


def test_a_sweep_by_precision_stops_when_the_intervals_are_narrow(tmp_path: Path) -> None:
    study = precise(0.02)  # toys differ in the share that is left, so intervals are narrow at once
    folder = sweep(tmp_path / "out", study=study, stop=NarrowEnough(study), simulate=quick)
    rows = load(folder, ["arm", "point", "baseline", "replication"])
    counts = rows.groupby(["arm", "baseline", "point"], dropna=False).size()
    assert set(counts) == {200}
    assert inspect_folder(folder).complete


def test_a_sweep_by_precision_ends_at_its_limit(tmp_path: Path) -> None:
    study = precise(1e-9, runs=700)
    folder = sweep(tmp_path / "out", study=study, stop=NarrowEnough(study), simulate=noisy)
    rows = load(folder, ["replication"])
    assert rows["replication"].max() == 699 and len(rows) == 700 * 10


def test_a_sweep_by_precision_is_gone_on_with_to_the_same_end(tmp_path: Path) -> None:
    study = precise(0.04)
    whole = sweep(tmp_path / "whole", study=study, stop=NarrowEnough(study), simulate=noisy)
    most = load(whole, ["replication"])["replication"].max() + 1
    assert 200 < most < 3000, "the test wants a sweep of several rounds that stops before its limit"
    for keep in (0, 3, 14, 32):
        copy = Path(shutil.copytree(whole, tmp_path / f"copy{keep}"))
        lines = (copy / "ledger").read_text().splitlines(keepends=True)
        (copy / "ledger").write_text("".join(lines[: 2 + keep]))
        (copy / "effect.csv").unlink()
        assert not inspect_folder(copy).complete
        sweep(copy, study=study, stop=NarrowEnough(study), simulate=noisy, resume=True)
        assert stored(copy) == stored(whole)


def test_the_command_stops_by_precision_and_says_so(tmp_path: Path, env: dict[str, str]) -> None:
    words = command(tmp_path / "study.toml", tmp_path / "out", "--precision", "9", "--runs", "1000")
    done = finish(words, env)
    assert done.returncode == 0, done.stderr
    assert "200 paired replications per row" in done.stdout
    assert "Stopped by the width of the intervals (9 in full, reached; widest " in done.stdout
    assert "a sequential rule" in done.stdout
    assert len(load(tmp_path / "out", ["seed"])) == 200 * 7


def simulate_at_once(scenario: Any, seed: int, replication: int) -> dict[str, Any]:
    """A run of the small sweep without its pause."""
    import small_sweep

    small_sweep.PAUSE = 0
    return small_sweep.simulate(scenario, seed, replication)


def quick(scenario: Any, seed: int, replications: range) -> dict[str, Any]:
    """Violence falls by the same share in every run."""
    left = 1 - dict(scenario.settings).get("reliability", 0) / 2
    size = len(replications)
    return {"violence": [left] * size, "days_survived": [365.0] * size, "ending": ["survived"] * size}


def noisy(scenario: Any, seed: int, replications: range) -> dict[str, Any]:
    """Violence falls by about the same share in every run."""
    import random

    left = 1 - dict(scenario.settings).get("reliability", 0) / 2
    luck = [random.Random(f"{scenario}/{replication}").random() for replication in replications]
    size = len(replications)
    violence = [left * (1 + x) for x in luck]
    return {"violence": violence, "days_survived": [365.0] * size, "ending": ["survived"] * size}
