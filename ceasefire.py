"""The command ``ceasefire``: thin adapters, each loaded when it is called.

The packages of this project (``environment``, ``agents``, ``experiments``, ``analysis``) have common
names and are never installed: this module puts its own folder first on the path and checks that they
resolve here.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent
PACKAGES = ("environment", "agents", "experiments", "analysis", "commands", "console")
DONE, FAILED, INTERRUPTED = 0, 1, 130
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


def _names_resolve_here() -> None:
    """Put the repository first on the path; refuse to start where another package shadows ours."""
    sys.path.insert(0, str(ROOT))
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if found != ROOT / name:
            raise click.ClickException(
                f"the package {name!r} resolves to {found}, not to {ROOT / name}: remove the package that "
                f"shadows it, or run from a fresh environment (python3 -m uv run ceasefire ...)"
            )


class Seed(click.ParamType):  # type: ignore[type-arg]
    """A whole number from 0 to 2**64 - 1."""

    name = "seed"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """The seed, or an error that says what is allowed."""
        try:
            number = int(str(value), 10)
        except ValueError:
            number = -1
        if not 0 <= number < 2**64:
            self.fail(f"got {value!r}; allowed: a whole number from 0 to 2**64 - 1", param, ctx)
        return number


def settings_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """Dotted keys and values from ``--set KEY=VALUE`` options."""
    from environment.errors import BadInput

    found: dict[str, str] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise BadInput("--set", pair, "KEY=VALUE, e.g. reliability=0.5")
        found[key.strip()] = value.strip()
    return found


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the project's errors into one message and an exit code; never a traceback for bad input."""
    import functools

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        _names_resolve_here()
        from environment.errors import CeasefireError

        try:
            command(*args, **kwargs)
        except CeasefireError as error:
            click.echo(f"ceasefire: {error}", err=True)
            sys.exit(error.exit_code)
        except KeyboardInterrupt as stopped:
            click.echo(f"ceasefire: interrupted. {stopped}".rstrip(". "), err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(DONE)
        except OSError as error:
            click.echo(f"ceasefire: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
            sys.exit(FAILED)

    return run


setting = click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a value of the scenario (may be repeated).",
)
seed_option = click.option("--seed", type=Seed(), default="1", show_default=True, help="0 to 2**64 - 1.")
scenario_option = click.option(
    "--scenario", default="baseline", show_default=True, help="Shipped name or a TOML file."
)
replication_option = click.option(
    "--replication", type=click.IntRange(0, 2**32 - 1), default=0, help="Replay this row of a sweep."
)
log_option = click.option("--log", "log_file", metavar="FILE", help="Write the event log (JSON Lines).")
sweep_seed_option = click.option("--seed", type=Seed(), help="0 to 2**64 - 1. [default: the study's, else 1]")
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of stdout.",
)
workers_option = click.option(
    "--workers", type=click.IntRange(1, 1024), help="Processes. [default: the machine's cores]"
)
engine_option = click.option(
    "--engine",
    type=click.Choice(["mesa", "compiled"]),
    default="mesa",
    show_default=True,
    help="Engine that runs it; both give the same log, byte for byte.",
)
sweep_engine_option = click.option(
    "--engine",
    type=click.Choice(["compiled", "mesa"]),
    help="Engine that runs it; both give the same bytes. [default: compiled]",
)
cluster_option = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Run on the workers of a Dask scheduler, tcp://HOST:PORT or tls://HOST:PORT (docs/cluster.md).",
)
resume_option = click.option(
    "--resume", is_flag=True, help="Go on with the results folder; begin it where there is none."
)
precision_option = click.option(
    "--precision",
    type=click.FloatRange(0, 10, min_open=True),
    metavar="W",
    help="Run until the 95% interval of every primary effect is at most W wide, --runs (or 1,000,000) at most.",
)


@click.group(context_settings=CONTEXT)
@click.version_option("0.1.0", prog_name="ceasefire")
def main() -> None:
    """Does an agreed, multi-tier response to cease-fire violations deter them?

    A laboratory: one cease-fire told hour by hour (run), designed sweeps of many (sweep, compare), the
    response frameworks as data (frameworks), the talks that come before (talks), and the model held against the
    evidence (validate).
    """


@main.command(context_settings=CONTEXT)
@click.option("--framework", default="multi-tier", show_default=True, help="Shipped name or a TOML file.")
@scenario_option
@setting
@seed_option
@replication_option
@engine_option
@click.option("--days", type=float, help="Horizon in days. [default: the scenario's]")
@log_option
@click.option("--all", "everything", is_flag=True, help="Tell daily counts and declined opportunities too.")
@click.option("--explain", metavar="KEY", help="Say what a key of the scenario means, and stop.")
@format_option
@guarded
def run(**options: Any) -> None:
    """Tell one cease-fire hour by hour: who did what, evidence, clock, decision, clause; then its outcome."""
    from commands.run import run_command

    run_command(settings=settings_of(options.pop("pairs")), **options)


@main.group(context_settings=CONTEXT, invoke_without_command=True)
@click.pass_context
def frameworks(context: click.Context) -> None:
    """List the shipped response frameworks; show one in plain English; check a file of your own."""
    if context.invoked_subcommand is None:
        context.invoke(frameworks_list)


@frameworks.command("list", context_settings=CONTEXT)
@guarded
def frameworks_list() -> None:
    """List the shipped frameworks."""
    from commands.frameworks import list_command

    list_command()


@frameworks.command("show", context_settings=CONTEXT)
@click.argument("name")
@setting
@guarded
def frameworks_show(name: str, pairs: tuple[str, ...]) -> None:
    """Show a framework (shipped name or TOML file) in plain English, clause by clause."""
    from commands.frameworks import show_command

    show_command(name, settings_of(pairs))


@frameworks.command("check", context_settings=CONTEXT)
@click.argument("file")
@guarded
def frameworks_check(file: str) -> None:
    """Check a framework file of your own; exact errors, exit code 2 if it cannot be used."""
    from commands.frameworks import check_command

    check_command(file)


@main.command(context_settings=CONTEXT)
@click.argument("study")
@click.option("--out", metavar="DIR", help="Results folder. [default: results/<study>-seed<seed>]")
@click.option("--runs", type=click.IntRange(2, 10_000_000), help="Paired replications per design point.")
@workers_option
@sweep_engine_option
@cluster_option
@resume_option
@precision_option
@setting
@sweep_seed_option
@format_option
@guarded
def sweep(**options: Any) -> None:
    """Run a designed sweep (STUDY: a shipped name or a TOML file) into a results folder."""
    from commands.sweep import sweep_command

    sweep_command(settings=settings_of(options.pop("pairs")), **options)


@main.command(context_settings=CONTEXT)
@click.argument("names", nargs=-1, required=True, metavar="NAME NAME ...")
@click.option("--out", metavar="DIR", help="Results folder. [default: results/compare-...]")
@click.option("--runs", type=click.IntRange(2, 10_000_000), help="Paired replications per framework.")
@workers_option
@sweep_engine_option
@cluster_option
@resume_option
@precision_option
@setting
@sweep_seed_option
@format_option
@guarded
def compare(**options: Any) -> None:
    """Set frameworks side by side, paired on the same draws, each against observe-only."""
    from commands.sweep import compare_command

    compare_command(settings=settings_of(options.pop("pairs")), **options)


@main.command(context_settings=CONTEXT)
@scenario_option
@setting
@seed_option
@replication_option
@click.option(
    "--engine",
    type=click.Choice(["compiled", "mesa"]),
    default="compiled",
    show_default=True,
    help="Engine that runs the truces; both give the same log, byte for byte.",
)
@click.option(
    "--without-guarantees", is_flag=True, help="Take every guarantee with a response off the table."
)
@click.option("--days", type=float, help="Length of the course in days. [default: 1095]")
@log_option
@click.option("--all", "everything", is_flag=True, help="Tell the truces in full too.")
@click.option("--explain", metavar="KEY", help="Say what a key of the talks means, and stop.")
@format_option
@guarded
def talks(**options: Any) -> None:
    """Tell one negotiation round by round, the truces that follow, and the zone of agreement."""
    from commands.talks import talks_command

    talks_command(settings=settings_of(options.pop("pairs")), **options)


@main.command(context_settings=CONTEXT)
@click.argument("folder", metavar="DIR")
@format_option
@guarded
def verify(**options: Any) -> None:
    """Hold every byte of a results folder against its ledger; exit code 1 if anything is damaged or missing."""
    from commands.verify import verify_command

    verify_command(**options)


@main.command(context_settings=CONTEXT)
@click.option(
    "--runs", type=click.IntRange(2, 100_000), default=200, show_default=True, help="Runs per pattern."
)
@workers_option
@seed_option
@format_option
@guarded
def validate(**options: Any) -> None:
    """Print each pattern of the evidence with its target beside what the default scenario gives."""
    from commands.validate import validate_command

    validate_command(**options)


@main.command(context_settings=CONTEXT)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port. [default: 8765, or the next free one]")
@click.option(
    "--results", default="results", show_default=True, metavar="DIR", help="Folder of results folders."
)
@click.option(
    "--open/--no-open", "show", default=None, help="Open a browser. [default: if there is a display]"
)
@click.option(
    "--allow-host",
    "names",
    multiple=True,
    metavar="NAME",
    help="A further name of this server (may be repeated).",
)
@click.option(
    "--sessions",
    type=click.IntRange(1, 1000),
    default=32,
    show_default=True,
    help="Open tabs at once, at most.",
)
@click.option(
    "--keep",
    type=click.FloatRange(1, 86400),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Keep what a tab has on it this long after its connection broke.",
)
@guarded
def app(**options: Any) -> None:
    """Open the console in a browser: watch, ask, ensembles, talks."""
    from commands.app import app_command

    app_command(**options)


if __name__ == "__main__":
    main()
