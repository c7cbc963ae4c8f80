"""Documentation that runs: recipes apply and do what they say, commands run, lists equal what the code has."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

import ceasefire
from environment import sentences
from environment.agenda import Class
from environment.kernel import ROOT, RULES, rule_sources
from environment.log import Event
from environment.rules.draws import STREAMS
from experiments.compose import compose
from experiments.design import build_design
from experiments.scenario import resolve
from experiments.study import load_study, shipped_studies
from experiments.sweep import design_of
from experiments.talks.setting import resolve_talks

DOCUMENTS = tuple(sorted(path.name for path in ROOT.glob("*.md")))
GIT = shutil.which("git")
needs_git = pytest.mark.skipif(
    GIT is None or not (ROOT / ".git").exists(), reason="needs git and a clone: diffs are applied with git"
)
NOT_LITERAL = re.compile(r"^[A-Z][A-Z_]*$|[\[\]|]|^\.\.\.$|KEY=VALUE")
"""Words of a command that stand for others, as in ``frameworks show NAME``."""


def text(name: str) -> str:
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


class Fence(NamedTuple):
    """A block of code: the heading that it stands under, its language where it is fenced, its text."""

    heading: str
    language: str
    body: str


def fences(name: str) -> list[Fence]:
    found, heading, language = [], "", ""
    body: list[str] | None = None
    for line in text(name).splitlines():
        if body is not None:
            if line.startswith("```"):
                found.append(Fence(heading, language, "\n".join(body) + "\n"))
                body = None
            else:
                body.append(line)
        elif line.startswith("```"):
            language, body = line[3:].strip(), []
        elif line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("    "):
            found.append(Fence(heading, "", line.strip() + "\n"))  # an indented block, line by line
    assert body is None, f"{name}: a fenced block is not closed"
    return found


def commands(blocks: list[Fence]) -> list[list[str]]:
    """The words of every ``ceasefire`` and ``pytest`` command in some blocks, from the program's name on."""
    found = []
    for block in blocks:
        if block.language in ("diff", "python", "toml", "json", "bibtex"):
            continue
        for line in block.body.replace("\\\n", " ").splitlines():
            for part in line.removeprefix("$ ").split("&&"):
                bare = part.strip().removeprefix("python3 -m uv run ")
                if re.match(r"(ceasefire|pytest)(\s|$)", bare):
                    found.append(shlex.split(bare, comments=True))
    return found


def rows(name: str, heading: str) -> list[list[str]]:
    """The cells of every row of the tables under a heading, heads left out."""
    inside, found = False, []
    for line in text(name).splitlines():
        if line.startswith("#"):
            inside = line.lstrip("# ") == heading
        elif inside and line.startswith("|"):
            found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    heads = {i - 1 for i, row in enumerate(found) if set("".join(row)) <= set("-| ")}
    return [row for i, row in enumerate(found) if i not in heads and i - 1 not in heads]


def ticked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# -- what is listed --------------------------------------------------------------------------------


def rules() -> dict[str, list[str]]:
    for path in rule_sources():
        importlib.import_module(path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."))
    return RULES


SUBMODELS = rows("ODD.md", "7 Submodels")


def test_the_description_lists_exactly_the_rules_of_the_code() -> None:
    assert [row[0] for row in SUBMODELS] == sorted(rules())
    assert set(re.findall(r"\bR\d\d\b", text("ODD.md"))) == set(rules())


@pytest.mark.parametrize("row", SUBMODELS, ids=lambda row: row[0])
def test_a_rule_is_listed_with_its_functions_files_and_tests(row: list[str]) -> None:
    rule_id, _, formula, functions, files, tests = row
    homes = {name.rpartition(".")[0].replace(".", "/") + ".py" for name in rules()[rule_id]}
    assert formula
    assert set(ticked(functions)) == {name.rpartition(".")[2] for name in rules()[rule_id]}
    assert set(ticked(files)) == homes
    assert ticked(tests)
    for name in ticked(tests):
        assert (ROOT / name).is_file(), name
    assert any(_names(text(name), rule_id, ticked(functions)) for name in ticked(tests))


def _names(source: str, rule_id: str, functions: list[str]) -> bool:
    """Whether a test names a rule by its id, within a range of ids, or by one of its functions."""
    number = int(rule_id[1:])
    ranges = re.findall(r"\bR(\d\d)-R?(\d\d)\b", source)
    return (
        rule_id in source
        or any(int(first) <= number <= int(last) for first, last in ranges)
        or any(re.search(rf"\b{name}\b", source) for name in functions)
    )


def test_the_description_lists_exactly_the_classes_of_events_in_order() -> None:
    listed = [
        (int(row[0]), row[1]) for row in rows("ODD.md", "3 Process overview and scheduling") if len(row) == 3
    ]
    assert listed == [(int(each), each.name) for each in Class]
    assert "(time, class, sector, case, actor, sequence)" in text("ODD.md")


def test_the_description_lists_exactly_the_random_streams() -> None:
    listed = {row[1]: int(row[0]) for row in rows("ODD.md", "4.9 Stochasticity") if row[0].isdigit()}
    assert listed == STREAMS


def test_every_event_has_a_sentence() -> None:
    assert set(sentences.TOLD) == {event.name.lower() for event in Event}


def test_a_word_of_the_glossary_is_explained_once() -> None:
    words = [row[0] for row in rows("ODD.md", "10 Glossary")]
    assert len(words) == len(set(words)) >= 35
    assert {"violation", "incident", "breach", "case", "tier", "reliability r", "R_k"} <= set(words)
    assert all(row[1] for row in rows("ODD.md", "10 Glossary"))


# -- links, paths, sources -------------------------------------------------------------------------


def anchors(name: str) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", text(name), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_relative_links_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", text(name)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        assert not file or (ROOT / file).exists(), link
        if anchor and (file or name).endswith(".md"):
            assert anchor in anchors(file or name), link


@pytest.mark.parametrize("name", ["ODD.md", "CONTRIBUTING.md"])
def test_files_that_are_named_exist(name: str) -> None:
    prose = re.sub(r"```.*?```", "", text(name), flags=re.DOTALL)
    folders = "environment|agents|experiments|analysis|commands|tests|examples"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", prose)
    assert len(named) > 10
    for path in named:
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("name", [*DOCUMENTS, "references.bib"])
def test_a_document_names_no_download_host_and_no_path_of_a_machine(name: str) -> None:
    hosts = r"py[p]i\.org|py[t]honhosted|astral\.sh|anaconda\.|raw\.githubusercontent|/releases/download|--index-url"
    paths = r"(?<![\w.:/])/(?:home|root|tmp|work|Users|mnt|opt)/|\b[A-Z]:\\"
    assert not re.findall(f"{hosts}|{paths}", text(name))


def test_the_works_that_the_description_cites_are_in_the_bibliography() -> None:
    entries = re.split(r"\n(?=@)", text("references.bib"))[1:]
    keys = [re.match(r"@\w+\{(\w+),", entry) for entry in entries]
    assert all(keys)
    assert len({key[1] for key in keys if key}) == len(entries) >= 30
    known = {_surname(entry) + _year(entry) for entry in entries}
    name = r"[A-ZÀ-Ý][\wÀ-ÿ-]+"
    pattern = rf"({name})(?:,? (?:and |de )?{name})*(?: et al\.)? (\d{{4}})"
    cited = {first + year for first, year in re.findall(pattern, _paragraphs(text("ODD.md")))}
    assert len(cited) > 15
    assert cited <= known, cited - known


def _paragraphs(markdown: str) -> str:
    """A document with every line break inside it undone, and second years of one author written out."""
    flat = re.sub(r"\s+", " ", markdown)
    return re.sub(r"([A-Z][a-z]+) (\d{4}), (\d{4})", r"\1 \2; \1 \3", flat)


def _surname(entry: str) -> str:
    author = re.search(r"author = \{+([^,}]+)", entry.replace('{\\"u}', "ü"))
    assert author, entry
    return author[1].split()[0]


def _year(entry: str) -> str:
    year = re.search(r"year = \{(\d{4})\}", entry)
    assert year, entry
    return year[1]


# -- recipes ---------------------------------------------------------------------------------------


def recipe(number: int) -> list[Fence]:
    return [block for block in fences("CONTRIBUTING.md") if block.heading.startswith(f"{number}. ")]


def tree(into: Path) -> Path:
    """A copy of the tree: tracked and new files, nothing that is ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, into / name)
    subprocess.run(["git", "init", "-q", "."], cwd=into, check=True)
    return into


def apply(number: int, folder: Path, *options: str) -> None:
    diff = "".join(block.body for block in recipe(number) if block.language == "diff")
    assert diff.startswith("diff --git"), f"recipe {number} has a diff"
    done = subprocess.run(
        ["git", "apply", *options, "-"], cwd=folder, input=diff.encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with every recipe applied: each by itself fits the tree as it is."""
    folder = tree(tmp_path_factory.mktemp("tree"))
    for number in RECIPES:
        apply(number, folder, "--check")
    for number in RECIPES:
        apply(number, folder)
    return folder


def follow(number: int, folder: Path) -> Iterator[str]:
    """What the commands of a recipe print, each run in a changed copy of the tree."""
    own = folder.parent / "cache"  # changed rules are compiled into a cache that goes with the copy
    env = os.environ | {"XDG_CACHE_HOME": str(own), "PYTHONPATH": ""}
    for words in commands(recipe(number)):
        start = (
            [sys.executable, "ceasefire.py"] if words[0] == "ceasefire" else [sys.executable, "-m", "pytest"]
        )
        done = subprocess.run(
            [*start, *words[1:]],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        yield done.stdout


def check_rule(printed: list[str]) -> None:
    (story,) = printed
    found = re.findall(
        r"^day .* ([\d.]+) h .* begins, due at hour ([\d.]+)(, disputed)?", story, re.MULTILINE
    )
    waits = [(float(due) - float(now), bool(disputed)) for now, due, disputed in found]
    assert len(waits) >= 5 and any(disputed for _, disputed in waits)
    for wait, disputed in waits:
        factor = 2 if disputed else 1
        assert any(6 * factor - 0.2 <= wait - look <= 24 * factor + 0.2 for look in (0, 24)), (wait, disputed)


def check_framework(printed: list[str]) -> None:
    said, story = printed
    assert "valid" in said
    assert "two-days" in said
    assert "One tier within two days" in story
    assert "tier 1 opens" in story


def check_decision_rule(printed: list[str]) -> None:
    story, tested = printed
    assert "Outcome" in story
    assert re.search(r"\b1 passed", tested), tested


def check_outcome(printed: list[str]) -> None:
    outcomes = json.loads(printed[0])["outcomes"]
    assert outcomes["worst_day"] >= outcomes["recorded_per_day"] > 0


RECIPES = {1: check_rule, 2: check_framework, 3: check_decision_rule, 4: check_outcome}


@needs_git
@pytest.mark.parametrize("number", RECIPES)
def test_a_recipe_applies_and_does_what_it_says(number: int, changed: Path) -> None:
    RECIPES[number](list(follow(number, changed)))


def test_there_are_no_recipes_but_those_tested() -> None:
    numbers = re.findall(r"^### (\d+)\. ", text("CONTRIBUTING.md"), re.MULTILINE)
    assert [int(number) for number in numbers] == list(RECIPES)


# -- commands --------------------------------------------------------------------------------------


def invoke(words: list[str]) -> Result:
    return CliRunner().invoke(ceasefire.main, words, prog_name="ceasefire")


def reduced(words: list[str], out: Path) -> list[str]:
    """The same command, made small enough for a test; ``--help`` where it has no small form."""
    name = words[0] if words else ""
    if not words or any(NOT_LITERAL.search(word) for word in words) or "--explain" in words:
        return words if "--explain" in words else [*words, "--help"]
    if name == "run":
        return [*words, "--days", "5"]
    if name in ("sweep", "compare"):
        return [*words, "--set", "scenario.days=5", "--runs", "2", "--workers", "1", "--out", str(out)]
    return words if name == "frameworks" else [*words, "--help"]


def furnish(folder: Path, words: tuple[str, ...]) -> None:
    """Put the files that a command names into a folder: those of the tree, and a reader's own TOML files."""
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    for word in words:
        if word.endswith(".toml") and (ROOT / word).is_file():
            (folder / word).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / word, folder / word)
        elif word.endswith(".toml"):
            study = words[0] == "sweep"
            own = (
                "experiments/studies/reliability.toml"
                if study
                else "environment/data/frameworks/multi-tier.toml"
            )
            content = text(own).replace('name = "multi-tier"', 'name = "my-framework"')
            (folder / word).write_text(content, encoding="utf-8")


README = [words[1:] for words in commands(fences("README.md")) if words[0] == "ceasefire"]
UNIQUE = list(dict.fromkeys(map(tuple, README)))
SWEPT = (
    "reliability",
)  # shipped studies that are swept in the quick form; the design of the others is resolved


def _long(words: tuple[str, ...]) -> bool:
    return words[0] == "sweep" and len(words) == 2 and words[1] in set(shipped_studies()) - set(SWEPT)


CASES = [pytest.param(words, marks=[pytest.mark.long] if _long(words) else []) for words in UNIQUE]


@pytest.mark.parametrize("words", CASES, ids=shlex.join)
def test_a_command_of_the_readme_runs(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(tmp_path, words)
    monkeypatch.chdir(tmp_path)
    done = invoke(reduced(list(words), tmp_path / "out"))
    assert done.exit_code == 0, done.output[-2000:]
    assert done.output.strip()


@pytest.mark.parametrize("words", [w for w in UNIQUE if _long(w)], ids=shlex.join)
def test_a_sweep_of_the_readme_has_a_design(words: tuple[str, ...]) -> None:
    assert invoke([*words, "--help"]).exit_code == 0
    study = load_study(words[1])
    design = build_design(study, resolve_talks) if study.kind == "talks" else design_of(study)
    assert design.size() > 0


def test_the_readme_shows_commands() -> None:
    if len(text("README.md").splitlines()) > 50:
        assert len(UNIQUE) >= 4
        assert ["sweep", "reliability"] in README
        assert any(words[:1] == ["run"] for words in README)


def test_a_command_that_is_not_right_would_be_found(tmp_path: Path) -> None:
    for words in (["run", "--framwork", "none"], ["sweeep", "reliability"], ["validate", "--rnus", "3"]):
        assert invoke(reduced(words, tmp_path)).exit_code != 0


# -- the example -----------------------------------------------------------------------------------

EXAMPLE = "examples/cautious_neighbour.py"


def test_the_example_s_command_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (line,) = re.findall(r"^ +ceasefire (.*)$", text(EXAMPLE), re.MULTILINE)
    done = invoke(shlex.split(line))
    assert done.exit_code == 0, done.output
    assert "Outcome" in done.output


def test_the_example_does_what_it_says() -> None:
    party = f"{ROOT / EXAMPLE}:CautiousNeighbour"
    run = compose(resolve("multi-tier", settings={"rules.russia": party}, days=120), 1, 0)
    run.run()
    ordered = [row.level for row in run.log if row.event == Event.OPPORTUNITY and row.actor == 0]
    assert set(ordered) == {0, 1, 2}
    assert not any(row.event == Event.VIOLATION_ESCALATES and row.actor == 0 for row in run.log)
    lasted = [row.x for row in run.log if row.event == Event.VIOLATION_ENDS and row.actor == 0]
    assert lasted
    assert max(lasted) <= 48.0
    assert not any(row.event == Event.STRATEGIC_REVIEW and row.actor == 0 and row.x for row in run.log)
