"""Rewrite the golden transcripts: ``python -m tests.regolden``. Look at the difference before you commit it."""

from __future__ import annotations

from tests.test_golden import FOLDER, path_of, shipped, transcript


def main() -> None:
    """Write one transcript per shipped framework, and remove those that have none."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        if old.stem not in shipped():
            old.unlink()
    for framework in shipped():
        path_of(framework).write_text("\n".join(transcript(framework)) + "\n", encoding="utf-8", newline="\n")
        print(path_of(framework))


if __name__ == "__main__":
    main()
