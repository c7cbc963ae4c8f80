"""The house: which way imports point, where randomness comes from, rules by id, data with sources."""

from __future__ import annotations

import ast
import csv
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import numba
import pytest

from environment import tables
from environment.kernel import ROOT, RULE_FOLDERS, RULES, rule_sources, rules_digest
from environment.parameters import DATA, schema

FOLDERS = ("environment", "agents", "experiments", "analysis")
FORBIDDEN = {
    "environment": {"agents", "experiments", "analysis", "app", "ceasefire", "commands", "console"},
    "agents": {"experiments", "analysis", "app", "ceasefire", "commands", "console"},
    "experiments": {"analysis", "app", "ceasefire", "commands", "console"},
    "analysis": {"app", "ceasefire", "commands", "console"},
}
STATUSES = {"stated", "inferred", "assumed"}


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


FILES = [path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in sources(folder)]


def parsed(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), filename=name)


def imports(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """(imported module, whether the import stands inside a function)."""

    def visit(node: ast.AST, inside: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            within = inside or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            if isinstance(child, ast.Import):
                yield from ((alias.name, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, "imports are absolute"
                yield child.module or "", inside
            yield from visit(child, within)

    yield from visit(tree, False)


@pytest.mark.parametrize("name", FILES)
def test_imports_point_one_way(name: str) -> None:
    """environment <- agents <- experiments <- analysis; a command may load analysis when it is called."""
    folder = name.split("/")[0]
    for module, inside in imports(parsed(name)):
        top = module.split(".")[0]
        if folder == "experiments" and top == "analysis":
            assert inside, f"{name} imports {module} at its top: only inside a command"
        else:
            assert top not in FORBIDDEN[folder], f"{name} imports {module}"


def test_nothing_but_its_doors_imports_the_console() -> None:
    doors = {"commands/app.py", "app.py", *(p.relative_to(ROOT).as_posix() for p in sources("console"))}
    for name in [*FILES, "ceasefire.py", *(p.relative_to(ROOT).as_posix() for p in sources("commands"))]:
        if name not in doors:
            assert all(module.split(".")[0] != "console" for module, _ in imports(parsed(name))), name


def test_there_are_no_star_imports() -> None:
    for name in FILES:
        for node in ast.walk(parsed(name)):
            if isinstance(node, ast.ImportFrom):
                assert all(alias.name != "*" for alias in node.names), name


def test_the_oracle_of_the_tests_is_no_part_of_the_product() -> None:
    for name in [*FILES, "ceasefire.py", *(p.relative_to(ROOT).as_posix() for p in sources("commands"))]:
        assert all(module.split(".")[0] != "negmas" for module, _ in imports(parsed(name))), name


RANDOM_MODULES = {"random", "secrets", "uuid"}


def random_uses(tree: ast.Module) -> list[str]:
    """Every use of randomness that is not addressed: the modules, numpy's generators, Mesa's, os.urandom."""
    found = [m for m, _ in imports(tree) if m.split(".")[0] in RANDOM_MODULES or m.startswith("numpy.random")]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        if (owner in {"np", "numpy"} and node.attr == "random") or node.attr in {"urandom", "default_rng"}:
            found.append(ast.unparse(node))
        if owner in {"self", "model", "run"} and node.attr in {"random", "rng"}:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("name", [f for f in FILES if f.startswith(("environment/", "agents/"))])
def test_randomness_comes_from_addressed_draws_alone(name: str) -> None:
    assert random_uses(parsed(name)) == []


def test_the_search_for_randomness_finds_it() -> None:
    for text in (
        "import random\n",
        "from numpy.random import default_rng\n",
        "import numpy as np\nx = np.random.random()\n",
        "import os\nx = os.urandom(3)\n",
        "def f(self):\n    return self.random.random()\n",
    ):
        assert random_uses(ast.parse(text)), text


@pytest.mark.parametrize("name", FOLDERS)
def test_top_level_names_resolve_inside_the_repository(name: str) -> None:
    module = importlib.import_module(name)
    assert Path(str(module.__file__)).resolve().parent == ROOT / name


# -- rules by their id -----------------------------------------------------------------------------


def load_rules() -> dict[str, list[str]]:
    for path in rule_sources():
        importlib.import_module(path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."))
    return RULES


IDS = sorted(load_rules())


def covered(text: str) -> set[str]:
    """Rule ids that a text names, ranges such as R12-R18 included."""
    found = set(re.findall(r"\bR\d\d\b", text))
    for first, last in re.findall(r"\bR(\d\d)\s*(?:-|\u2013|to|\.\.)\s*R?(\d\d)\b", text):
        found |= {f"R{n:02d}" for n in range(int(first), int(last) + 1)}
    return found


def test_rule_ids_are_well_formed_and_many() -> None:
    assert len(IDS) >= 25
    assert all(re.fullmatch(r"R\d\d", i) for i in IDS)


def rule_docstrings(rule_id: str) -> Iterator[tuple[str, str, str]]:
    """(qualified name, the module's docstring, the function's docstring) of every function of a rule."""
    for qualified in RULES[rule_id]:
        module, _, function = qualified.rpartition(".")
        loaded = importlib.import_module(module)
        yield qualified, loaded.__doc__ or "", getattr(loaded, function).__doc__ or ""


@pytest.mark.parametrize("rule_id", IDS)
def test_a_rule_s_file_names_its_id(rule_id: str) -> None:
    for qualified, module, function in rule_docstrings(rule_id):
        assert function, f"{qualified} has no docstring"
        named = covered(module) | covered(function)
        assert rule_id in named, f"{rule_id} is not in the docstring of the file of {qualified}"


@pytest.mark.parametrize("rule_id", IDS)
def test_a_rule_is_in_the_model_description(rule_id: str) -> None:
    description = ROOT / "ODD.md"
    if not description.is_file():
        pytest.skip("ODD.md does not exist yet")
    assert rule_id in covered(description.read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule_id", IDS)
def test_a_rule_is_named_by_a_test(rule_id: str) -> None:
    named: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if path.name != Path(__file__).name:
            named |= covered(path.read_text(encoding="utf-8"))
    assert rule_id in named


@pytest.mark.parametrize("rule_id", IDS)
def test_a_rule_is_compiled_and_bears_one_name(rule_id: str) -> None:
    names = RULES[rule_id]
    assert len(names) == len(set(names))
    for qualified in names:
        module, _, function = qualified.rpartition(".")
        assert numba.extending.is_jitted(getattr(importlib.import_module(module), function))


def test_rules_live_in_the_rule_folders_and_all_count_for_the_digest() -> None:
    inside = {path.resolve() for path in rule_sources()}
    assert inside == {p.resolve() for folder in RULE_FOLDERS for p in folder.glob("*.py")}
    for name in FILES:
        functions = [node for node in ast.walk(parsed(name)) if isinstance(node, ast.FunctionDef)]
        calls = [d.func for f in functions for d in f.decorator_list if isinstance(d, ast.Call)]
        marked = any(getattr(call, "id", "") == "rule" for call in calls)
        assert not marked or (ROOT / name).resolve() in inside, (
            f"{name} holds a rule outside the rule folders"
        )
    assert re.fullmatch(r"[0-9a-f]{64}", rules_digest())


# -- data with their sources -----------------------------------------------------------------------

KEYS = sorted(schema())


@pytest.mark.parametrize("key", KEYS)
def test_a_parameter_says_what_it_is_and_where_from(key: str) -> None:
    spec = schema()[key]
    for field in ("unit", "source", "meaning"):
        assert str(getattr(spec, field)).strip(), field
    assert spec.status in STATUSES
    if spec.choices:
        assert spec.value in spec.choices
        assert len(set(spec.choices)) == len(spec.choices)
        return
    assert isinstance(spec.value, int | float)
    assert spec.low is not None, "a range, if only of one value"
    assert spec.high is not None, "a range, if only of one value"
    assert spec.min <= spec.low <= spec.value <= spec.high <= spec.max


TABLES = sorted(tables.columns())


@pytest.mark.parametrize("name", TABLES)
def test_a_table_s_columns_are_described_one_for_one(name: str) -> None:
    described = dict(tables.columns()[name])
    file = str(described.pop("file"))
    with (DATA / file).open(encoding="utf-8", newline="") as handle:
        header, *rows = list(csv.reader(handle))
    assert list(described) == header
    assert rows
    assert all(len(row) == len(header) for row in rows)
    assert all(cell.strip() for row in rows for cell in row)
    for column, meta in described.items():
        assert set(meta) >= {"unit", "status", "source"}, column
        assert all(str(v).strip() for v in meta.values()), column
        assert meta["status"] in STATUSES, column


def test_every_table_is_described() -> None:
    described = {str(dict(t)["file"]) for t in tables.columns().values()}
    assert described == {path.name for path in DATA.glob("*.csv")}


def test_shares_sum_to_one() -> None:
    assert sum(s.background_share for s in tables.sectors()) == pytest.approx(1.0)
    assert sum(t.weight for t in tables.targets()) == pytest.approx(1.0)


def test_the_line_is_1400_km_in_named_sectors() -> None:
    sectors = tables.sectors()
    assert sum(s.length_km for s in sectors) == pytest.approx(1400.0)
    assert len({s.name for s in sectors}) == len(sectors) >= 2
    assert all(0 <= s.coverage <= 1 and s.length_km > 0 and s.halting_capacity > 0 for s in sectors)


def test_the_states_are_35_and_the_united_states_and_ukraine() -> None:
    states = tables.states()
    groups = [s.group for s in states]
    assert (groups.count("coalition"), groups.count("usa"), groups.count("ukraine")) == (35, 1, 1)
    assert len({s.iso3 for s in states}) == len(states) == 37
    assert len({s.name for s in states}) == 37
    assert all(re.fullmatch("[A-Z]{3}", s.iso3) for s in states)
    assert all(s.weight >= 1 and 0 <= s.will <= 1 and 0 <= s.exposure <= 1 for s in states)
    coalition = tables.members(("coalition",))
    assert len(coalition) == 35
    assert len(tables.members(("europe",))) < 35


def test_the_world_s_modules_import_each_other_in_one_direction() -> None:
    """No circle among the modules of environment/, imports for type checking alone left out."""
    graph: dict[str, set[str]] = {}
    for path in sorted((ROOT / "environment").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found: set[str] = set()
        for node in ast.parse(
            path.read_text(encoding="utf-8")
        ).body:  # top level only: not under TYPE_CHECKING
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("environment"):
                inside = {f"{node.module}.{alias.name}" for alias in node.names}
                found |= {n for n in inside if (ROOT / (n.replace(".", "/") + ".py")).exists()} or {
                    node.module
                }
        graph[name] = found
    seen: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert seen.get(name) != 1, " -> ".join((*trail, name))
        if name not in seen:
            seen[name] = 1
            for other in sorted(graph.get(name, ())):
                visit(other, (*trail, name))
            seen[name] = 2

    for name in graph:
        visit(name, ())


# -- the compiled loop and the talks ---------------------------------------------------------------

APART_AND_YET_USED = {("environment.log", "environment.talks.packages")}
"""The log writes packages by their names; no number of the loop comes from there."""


def module_file(module: str) -> Path | None:
    """The file of one of our modules, None for any other."""
    for path in (ROOT / (module.replace(".", "/") + ".py"), ROOT / module.replace(".", "/") / "__init__.py"):
        if path.is_file() and module.split(".")[0] in FOLDERS:
            return path
    return None


def loaded_by(path: Path) -> set[str]:
    """Our modules that a file imports at its top or inside a function; not those for types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                kept = [
                    n for n in inner if not (isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test))
                ]
                setattr(node, field, kept)
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if module_file(name)}


def test_the_compiled_loop_does_not_depend_on_the_talks() -> None:
    """Its digest leaves them out, so nothing that it loads may come from them, names in the log excepted."""
    from experiments.twin.compiling import APART
    from experiments.twin.compiling import sources as loop_sources

    names = [path.relative_to(ROOT).as_posix() for path in loop_sources()]
    assert not [name for name in names if name.startswith(APART)] and len(names) > 50
    assert all((ROOT / folder).is_dir() for folder in APART)
    everything = {
        p.relative_to(ROOT).as_posix()
        for f in ("environment", "agents", "experiments/twin")
        for p in sources(f)
    }
    assert everything - set(names) == {name for name in everything if name.startswith(APART)}
    apart = tuple(folder.strip("/").replace("/", ".") for folder in APART)
    todo = [
        f"experiments.twin.{path.stem}" for path in sources("experiments/twin") if path.stem != "__init__"
    ]
    seen, crossings = set(todo), set()
    while todo:
        module = todo.pop()
        path = module_file(module)
        assert path is not None
        for other in loaded_by(path):
            if other.startswith(apart):
                if other not in apart:
                    crossings.add((module, other))
            elif other not in seen:
                seen.add(other)
                todo.append(other)
    assert "environment.log" in seen and "environment.rules.draws" in seen
    assert crossings == APART_AND_YET_USED
