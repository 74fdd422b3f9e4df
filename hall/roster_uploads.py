"""Tables between dry run and import: sealed, in the data folder, for whoever sent them, and for a day at most."""

import json
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from hall import site
from hall.roster_plan import Plan
from hall.roster_tables import Table
from models import Person

LASTS = 24 * 3600  # seconds
MOST = 10  # of one person


@dataclass(frozen=True)
class Upload:
    """A kept table: what it is about and what the operator's file was called."""

    kind: str
    name: str
    table: Table


def keep(planned: Plan, name: str, *, by: Person) -> str:
    """Keep the table of a dry run and return the token under which `by`, and nobody else, finds it again."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _tidy(folder, by)
    token = secrets.token_urlsafe(24)
    said = {"kind": planned.kind.name, "name": name[-100:], "table": planned.table.dumps()}
    # Names and phone numbers lie in here: nobody else on this machine may read them.
    descriptor = os.open(_file(folder, token, by), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(said, file, ensure_ascii=False)
    return token


def find(token: str, *, by: Person) -> Upload | None:
    """What `by` sent under `token`; None if it is somebody else's, done, too old or was never there."""
    if not re.fullmatch(r"[\w-]{32}", token, re.ASCII):
        return None
    file = _file(_folder(), token, by)
    try:
        if file.stat().st_mtime < time.time() - LASTS:
            return None
        said = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    return Upload(said["kind"], said["name"], Table.loads(said["table"]))


def forget(token: str, *, by: Person) -> None:
    """Remove what `find` would find."""
    if find(token, by=by):
        _file(_folder(), token, by).unlink(missing_ok=True)


def _folder() -> Path:
    if site.data_folder is None:
        raise RuntimeError("site.data_folder is not set; app.open_house does it")
    return site.data_folder / "imports"


def _file(folder: Path, token: str, by: Person) -> Path:
    return folder / f"{by.id}-{token}.json"


def _tidy(folder: Path, by: Person) -> None:
    """Take away what is too old, and of one person all but the newest few."""
    ages = {}
    for file in folder.glob("*.json"):
        try:
            ages[file] = file.stat().st_mtime
        except FileNotFoundError:
            continue
    mine = sorted((file for file in ages if file.name.startswith(f"{by.id}-")), key=lambda file: ages[file])
    for file in {*mine[: -MOST + 1], *(file for file, age in ages.items() if age < time.time() - LASTS)}:
        file.unlink(missing_ok=True)
