"""Files of frameworks and measures as tables, whatever is in them: bounded in size, refused in one message."""

import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from environment.errors import BadInput

DATA = Path(__file__).resolve().parent / "data"
MAX_BYTES = 1_000_000
MAX_LINES = 10_000
MAX_DOTS = 32  # tomllib needs quadratic time for a key of many dots, so they are counted first
LONG_NUMBER = re.compile("0[xob][0-9A-Fa-f_]{200}")  # can be read, but Python refuses to print it


def read_text(path: Path) -> str:
    """The text of a file; BadInput where it is no regular file, too long, not UTF-8 or not to be read."""
    where = str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or device could be read for ever
            raise BadInput("file", path.name, "a regular file, not a folder or device", where=where)
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise BadInput("file", "more than 1 MB", "a file of at most 1 MB", where=where)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise BadInput("file", f"byte {fault.start} of {path.name}", "text in UTF-8", where=where) from None
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise BadInput("file", path.name, f"a file that can be read ({reason})", where=where) from None


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """TOML text as nested tables; BadInput, headed by `where`, for text that is not TOML or costs too much."""
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise BadInput("file", f"{len(lines)} lines", f"at most {MAX_LINES} lines", where=where)
    if LONG_NUMBER.search(text):
        raise BadInput("file", "a number too long to print", "valid TOML", where=where)
    for line in lines:
        if line.count(".") > MAX_DOTS and _dots(line) > MAX_DOTS:
            raise BadInput("file", line, f"keys of at most {MAX_DOTS} levels", where=where)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise BadInput("file", "deeper nesting", "a framework's few levels of tables", where=where) from None
    except tomllib.TOMLDecodeError as fault:
        place = re.search(r"line (\d+)", str(fault))
        shown = text.split("\n")[int(place[1]) - 1].strip() if place else "an early end of the file"
        raise BadInput("file", shown, f"valid TOML ({fault})", where=where) from None
    except ValueError:  # Python refuses to convert numbers of more than 4,300 digits
        raise BadInput("file", "a number too long to read", "valid TOML", where=where) from None


def _dots(line: str) -> int:
    """Dots of a line outside quoted strings and comments."""
    # Closing quotes are optional in the pattern: else unclosed ones would cost quadratic time.
    return re.sub(r'"(?:[^"\\]|\\.)*"?|\'[^\']*\'?', "", line).split("#")[0].count(".")
