"""The command line: what an operator does without the panel. `serve` and `work` stand in run.py."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import peewee
from flask import current_app
from playhouse.schema_diff import diff_models

import migrations
import models
from config import VARIABLES, Settings
from hall import accounts, clock, reference, roster, row_index, search_index, segments, site, trail_check, transparency
from hall.flow_page import workflows_page
from hall.words import Refused

HOUSE = Path(__file__).parent
DOCS, README = HOUSE / "docs", HOUSE / "README.md"


def in_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """End `command` with the sentence of a refusal, not with a traceback."""

    @functools.wraps(command)
    def spoken(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except Refused as refused:
            raise click.ClickException(str(refused)) from None

    return spoken


def bring_up_to_date() -> list[str]:
    """Apply the migrations that are missing, with the index of rows that models.py asks for; gives their names."""
    done = migrations.apply(models.database.obj)
    has_filled = row_index.install()
    segments.install()
    if has_filled:
        segments.gather()
    reference.install()
    return done


@click.command()
def migrate() -> None:
    """Bring the database up to date; two at once wait for each other."""
    try:
        done = bring_up_to_date()
    except peewee.OperationalError as error:
        raise click.ClickException(f"The database cannot be used: {error}\nHint: look at HALL_DATABASE") from None
    for name in done:
        click.echo(f"Migrated: {name}")
    if done:  # what a migration wrote is found too
        search_index.rebuild(progress=_show_progress)


@click.command("make-migration")
@click.argument("name", default="change")
@click.option("--first", is_flag=True, help="write 0001 anew; only before the first release")
def make_migration(name: str, first: bool) -> None:
    """Write the migration that leads from the newest one to models.py."""
    written = migrations.write_first() if first else migrations.write_next(name)
    click.echo(
        f"Wrote {written}: read it before you commit it" if written else "The migrations say what models.py says"
    )


@click.command("init-admin")
@click.option("--number", prompt="Staff number")
@click.option("--name", prompt="Name")
@click.password_option()
@in_words
def init_admin(number: str, name: str, password: str) -> None:
    """Make the first administrator of a hall without the demo."""
    person = accounts.create_administrator(number, name, password)
    click.echo(f"{person.name} ({person.number}) is an administrator now")


@click.command()
@click.option("--if-empty", is_flag=True, help="do nothing where there are people already")
def demo(if_empty: bool) -> bool:
    """Fill the hall with the demo campus."""
    import demo as demo_campus  # read when it is first needed: what serves has no use for it

    is_empty = demo_campus.is_empty()
    if is_empty:
        demo_campus.load(progress=_show_progress)
    elif not if_empty:
        raise click.ClickException("There are people in this hall already; the demo needs an empty database")
    return is_empty


@click.command("accounts")
def demo_accounts() -> None:
    """Print the accounts of the demo, one a role."""
    import demo as demo_campus

    click.echo(demo_campus.accounts_text())


@click.command("import")
@click.argument("kind", type=click.Choice([*roster.KINDS]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="only say what would be added, changed and refused")
@in_words
def import_(kind: str, file: Path, dry_run: bool) -> None:
    """Import a table of the campus from CSV or XLSX, wholly or not at all."""
    planned = roster.plan(kind, roster.read_table(file.name, file.read_bytes()))
    _show_plan(planned)
    if not dry_run:
        roster.apply(planned, by=None, progress=_show_progress)
        click.echo("Imported")


@click.command("import-campus")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="only say what would be added, changed and refused")
@in_words
def import_campus(folder: Path, dry_run: bool) -> None:
    """Import all tables of a campus (departments, buildings, groups, items, routing, people), wholly or not at all."""
    try:
        plans = roster.load_folder(folder, progress=_show_progress, dry_run=dry_run)
    except roster.Rejected as rejected:
        plans = [rejected.plan]
    for planned in plans:
        _show_plan(planned)


def _show_plan(planned: roster.Plan) -> None:
    """Say what importing a table would do, row by row where it is refused; then nothing is imported."""
    for sentence, values in planned.hints:
        click.echo(sentence % values if values else sentence)
    for refusal in planned.refused:
        where = f"row {refusal.row}" + (f", {refusal.column}" if refusal.column else "")
        click.echo(f"{where}: {refusal.message % refusal.values if refusal.values else refusal.message}", err=True)
    counts = f"{len(planned.added)} new, {len(planned.changed)} changed, {planned.unchanged} unchanged"
    click.echo(f"{planned.kind.label}: {counts}, {len(planned.refused)} refused")
    if planned.refused:
        raise click.ClickException("nothing was imported; mend the refused rows first")


def _show_progress(done: int, total: int, what: str) -> None:
    if done >= total or sys.stdout.isatty():
        click.echo(f"\r{what} {done}/{total}", nl=done >= total)


@click.command()
def reindex() -> None:
    """Make the index of the search anew, for instance after a building was given another name."""
    click.echo(f"{search_index.rebuild(progress=_show_progress)} entries")


@click.command()
def figures() -> None:
    """Count the open figures of all months anew; the worker counts the current one and the one before every hour."""
    click.echo(f"{transparency.refresh_all()} figures")


@click.command()
@click.option("--whole", is_flag=True, help="look at the whole trail, not only at what is new and some days before")
def doctor(whole: bool) -> None:
    """Look at the hall as it is: tables, the chain of the trail, the photo store. Fails where something is wrong."""
    wrong = _wrong_tables() or [*trail_check.wrong(whole=whole), *_wrong_photos()]
    for sentence in wrong:
        click.echo(sentence, err=True)
    if wrong:
        raise click.ClickException(f"{len(wrong)} things are wrong")
    click.echo("Everything is in order")


def _wrong_tables() -> list[str]:
    database = models.database.obj
    missing = migrations.pending(database)
    if missing:
        return [f"migration {name} has not been applied: python run.py migrate" for name in missing]
    diff = diff_models(database, models.ENTITIES)
    lines = [line for line in str(diff).splitlines() if f".{row_index.WALK}" not in line]
    return [f"the tables differ from models.py: {line}" for line in lines] if diff else []


def _wrong_photos() -> list[str]:
    name = f"doctor-{os.getpid()}"
    try:
        site.photo_store.put(name, b"written")
        site.photo_store.delete(name)
    except Exception as error:
        return [f"the photo store cannot be written: {error}"]
    return []


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
def backup(folder: Path | None) -> None:
    """Write database, photos and secret to FOLDER, while the hall goes on working."""
    settings: Settings = current_app.config["HALL"]
    folder = folder or settings.data / "backups" / f"{clock.local(clock.now()):%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True)
    os.chmod(folder, 0o700)
    if settings.is_sqlite:
        # The file itself must not be copied: under load that lost rows while every check said ok (faults.md).
        models.database.execute_sql("VACUUM INTO ?", (str(folder / "hall.db"),))
    else:
        _postgresql("pg_dump", "--format=custom", f"--file={folder / 'hall.dump'}", settings.database)
    # After the database: then every photo that a row names is there.
    shutil.copytree(settings.data / "photos", folder / "photos")
    (folder / "secret").write_bytes(settings.secret_key())
    click.echo(f"Wrote {folder}")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(folder: Path) -> None:
    """Put what `backup` wrote to FOLDER into an empty hall: set HALL_DATA (and HALL_DATABASE) to new places first."""
    settings: Settings = current_app.config["HALL"]
    if not settings.is_sqlite:
        _postgresql("pg_restore", "--exit-on-error", f"--dbname={settings.database}", str(folder / "hall.dump"))
    elif settings.database_file.exists():
        raise click.ClickException(f"{settings.database_file} is there already; name an empty folder in HALL_DATA")
    else:
        shutil.copy(folder / "hall.db", settings.database_file)
    shutil.copytree(folder / "photos", settings.data / "photos", dirs_exist_ok=True)
    # Without the old secret no initial password and no session would be known again.
    secret = settings.data / "secret"
    secret.touch(mode=0o600)
    secret.write_bytes((folder / "secret").read_bytes())
    click.echo(f"Restored {folder}; now: python run.py migrate, then python run.py doctor")


def _postgresql(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise click.ClickException(f"{program} was not found; install the PostgreSQL client of your server's version")
    subprocess.run([found, *arguments], check=True)


@click.command()
@click.option("--write", is_flag=True, help="put the table into README.md")
def settings(write: bool) -> None:
    """Print every HALL_* variable as a table in Markdown."""
    if write:
        README.write_text(readme_with_settings(README.read_text("utf-8")), "utf-8")
        click.echo(f"Wrote {README}")
    else:
        click.echo(settings_table())


def settings_table() -> str:
    """The table of all variables in Markdown."""
    rows = [f"| `{v.name}` | {v.default} | {v.meaning} |" for v in VARIABLES]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def readme_with_settings(text: str) -> str:
    """`text` with the table of all variables between its two marks."""
    before, rest = text.split("<!-- settings -->", 1)
    after = rest.split("<!-- /settings -->", 1)[1]
    return f"{before}<!-- settings -->\n{settings_table()}\n<!-- /settings -->{after}"


@click.command()
@click.option("--check", is_flag=True, help="only say whether the page is up to date")
def workflows(check: bool) -> None:
    """Write docs/workflows.md from the flows in the code."""
    page, file = workflows_page(), DOCS / "workflows.md"
    if check:
        if not file.exists() or file.read_text("utf-8") != page:
            raise click.ClickException("docs/workflows.md is out of date: python run.py workflows")
        return
    file.write_text(page, "utf-8")
    click.echo(f"Wrote {file}")


@click.command()
def routes() -> None:
    """Print every address of the hall."""
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        click.echo(f"{methods:10} {rule.rule:60} {rule.endpoint}")


COMMANDS = [migrate, make_migration, init_admin, demo, demo_accounts, import_, import_campus, figures, reindex]
COMMANDS += [doctor, backup, restore, settings, workflows, routes]
