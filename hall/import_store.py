"""Where the rows of a file lie while they are imported: a folder of the data folder that nobody else may read.

`rows` holds the file, a file for each chunk what became of its rows. A chunk is named after its first row, so that one
that is done again after a crash takes the place of what was left behind.
"""

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hall import site
from hall.import_files import Line

Verdict = dict[str, Any]


class Store:
    """The folder of one import, found by its `token`."""

    def __init__(self, token: str) -> None:
        if not re.fullmatch(r"[0-9a-f]{32}", token):
            raise ValueError(token)
        self.token = token
        self.folder = _folder() / token
        self._lines: list[Line] | None = None

    @classmethod
    def make(cls, headers: list[str], lines: Iterable[Line]) -> "Store":
        """Keep a file that was read; nothing of it stays where that fails."""
        store = cls(secrets.token_hex(16))
        try:
            store.folder.mkdir(mode=0o700, parents=True)
            told = [headers, *([line.number, line.cells, line.lost] for line in lines)]
            store._write("rows", (json.dumps(each, ensure_ascii=False) for each in told))
        except BaseException:
            store.forget()
            raise
        return store

    @property
    def is_there(self) -> bool:
        return (self.folder / "rows").exists()

    @property
    def headers(self) -> list[str]:
        with (self.folder / "rows").open(encoding="utf-8") as file:
            found: list[str] = json.loads(file.readline())
            return found

    def first(self, most: int) -> list[Line]:
        """The first `most` rows of the file."""
        with (self.folder / "rows").open(encoding="utf-8") as file:
            file.readline()
            return [Line(*json.loads(text)) for _, text in zip(range(most), file, strict=False)]

    @property
    def lines(self) -> list[Line]:
        """All rows of the file."""
        if self._lines is None:
            with (self.folder / "rows").open(encoding="utf-8") as file:
                file.readline()
                self._lines = [Line(*json.loads(text)) for text in file]
        return self._lines

    def put_plan(self, order: list[int], twice: dict[int, int]) -> None:
        """Keep in which order the rows are taken, and which row says again what an earlier one said."""
        self.forget("checked", "written")
        self._write("plan", [json.dumps({"order": order, "twice": {str(row): first for row, first in twice.items()}})])

    def plan(self) -> tuple[list[int], dict[int, int]]:
        """What `put_plan` kept."""
        told = json.loads((self.folder / "plan").read_text("utf-8"))
        return told["order"], {int(row): first for row, first in told["twice"].items()}

    def put(self, phase: str, start: int, verdicts: Iterable[Verdict]) -> None:
        """Keep what became of the rows from the place `start` on; `phase` is checked or written."""
        self._write(f"{phase}-{start:06}", (json.dumps(each, ensure_ascii=False) for each in verdicts))

    def verdicts(self, phase: str, until: int, start: int = 0) -> Iterator[Verdict]:
        """What became of the rows from the place `start` on, up to `until`, in their order."""
        place = 0
        while place < until:
            with (self.folder / f"{phase}-{place:06}").open(encoding="utf-8") as file:
                texts = list(file)
            yield from (json.loads(text) for text in texts[max(start - place, 0) :])
            place += len(texts) or until

    def forget(self, *phases: str) -> None:
        """Take away what these phases left; without one, the whole folder."""
        if not phases:
            shutil.rmtree(self.folder, ignore_errors=True)
        for phase in phases:
            for file in self.folder.glob(f"{phase}-*"):
                file.unlink(missing_ok=True)

    def _write(self, name: str, texts: Iterable[str]) -> None:
        # Phone numbers lie in here: nobody else on this machine may read them.
        half = self.folder / f"{name}.{secrets.token_hex(4)}.half"
        with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{text}\n" for text in texts)
        half.replace(self.folder / name)


def kept() -> set[str]:
    """The tokens of all folders that there are."""
    return {folder.name for folder in _folder().glob("*")} if _folder().is_dir() else set()


def age_of(token: str) -> float:
    """When the folder was made or last written into, in seconds since 1970; 0 where it is gone."""
    try:
        return (_folder() / token).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _folder() -> Path:
    if site.data_folder is None:
        raise RuntimeError("site.data_folder is not set; app.open_house does it")
    return site.data_folder / "import_runs"
