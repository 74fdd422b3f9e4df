"""Settings fail early with a hint, the command line does what it says, and a hall starts and stops as one."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest
from click.testing import Result
from flask import Flask

import commands
import config
import demo
import models
from app import open_house
from config import ConfigError, Settings
from hall import accounts, events

HOUSE = Path(__file__).parent.parent


def settings(tmp_path: Path, **environ: str) -> Settings:
    made = Settings.from_environ({"HALL_DATA": str(tmp_path / "data"), **environ})
    made.check()
    return made


# --- settings --------------------------------------------------------------------------------------


def test_without_any_variable_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = Settings.from_environ({})
    made.check()
    assert (made.host, made.port, made.demo, made.https) == ("127.0.0.1", 8000, True, False)
    assert made.url == "http://127.0.0.1:8000"
    assert made.data == tmp_path / "data"
    assert made.database_file == tmp_path / "data" / "hall.db"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HALL_PORT", "80x"),
        ("HALL_PORT", "0"),
        ("HALL_PORT", "70000"),
        ("HALL_PORT", "８０００"),
        ("HALL_WORKERS", "-1"),
        ("HALL_DEMO", "yes"),
        ("HALL_HTTPS", "true"),
        ("HALL_HTTPS", "1"),
        ("HALL_URL", "hall.edu.cn"),
        ("HALL_URL", "https://hall.edu.cn/hall"),
        ("HALL_HOST", "0.0.0.0"),
        ("HALL_DATABASE", "mysql://root@localhost/hall"),
        ("HALL_DATABASE", "postgresql://localhost"),
        ("HALL_DATABASE", "sqlite:hall.db"),
        ("HALL_DATABASE", "sqlite:////proc/hall.db"),
        ("HALL_DATA", "/proc/hall"),
        ("HALL_SECRET", "short"),
        ("HALL_TIMEZONE", "Asia/Bejing"),
        ("HALL_TRUSTED_PROXIES", "10.0.0.0/24, proxy"),
        ("HALL_LOG", "loud"),
        ("HALL_PROT", "8000"),
    ],
)
def test_a_wrong_setting_is_named_with_a_hint(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, **{variable: value})
    meant = {("HALL_HOST", "0.0.0.0"): "HALL_URL"}.get((variable, value), variable)
    assert caught.value.variable == meant
    assert caught.value.wrong
    assert caught.value.hint
    assert "Hint:" in str(caught.value)


def test_every_variable_is_read_and_nothing_else(tmp_path: Path) -> None:
    text = Path(config.__file__).read_text("utf-8")
    documented = {variable.name for variable in config.VARIABLES}
    assert set(re.findall(r'"(HALL_\w+)"', text)) == documented
    for file in HOUSE.glob("*.py"):
        assert set(re.findall(r"\bHALL_[A-Z_]+\b", file.read_text("utf-8"))) <= documented, file.name


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = settings(tmp_path)
    secret = made.secret_key()
    assert len(secret) >= 32
    assert made.secret_key() == secret
    assert stat.S_IMODE((made.data / "secret").stat().st_mode) == 0o600
    assert settings(tmp_path, HALL_SECRET="s" * 40).secret_key() == b"s" * 40


def test_readme_has_the_table_of_all_settings() -> None:
    readme = (HOUSE / "README.md").read_text("utf-8")
    assert commands.readme_with_settings(readme) == readme, "python run.py settings --write"


def test_workflows_page_is_up_to_date(whole_app: Flask) -> None:
    page = (HOUSE / "docs" / "workflows.md").read_text("utf-8")
    assert page == commands.workflows_page(), "python run.py workflows"


# --- the command line ------------------------------------------------------------------------------

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """`run("doctor")` as an operator types it."""

    def typed(*words: str, **more: Any) -> Result:
        with app.app_context():
            return app.test_cli_runner().invoke(args=[str(word) for word in words], **more)

    return typed


def test_first_administrator(run: Run) -> None:
    given = run("init-admin", "--number", "t9999", "--name", "开户人", "--password", "correct horse 9")
    assert given.exit_code == 0, given.output
    person, _token = accounts.sign_in("T9999", "correct horse 9")
    assert [(grant.role, grant.scope) for grant in person.grants] == [("administrator", "")]
    refused = run("init-admin", "--number", "T9998", "--name", "开户人", "--password", "123")
    assert refused.exit_code == 1
    assert "新密码" in refused.output
    assert not models.Person.select().where(models.Person.number == "T9998").exists()


def test_import_says_what_it_does_and_does_it_once(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "departments.csv"
    table.write_text("code,name\nXX,新部门\n", "utf-8")
    dry = run("import", "departments", table, "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "1 new" in dry.output
    assert not models.Department.select().where(models.Department.code == "XX").exists()
    assert run("import", "departments", table).exit_code == 0
    assert models.Department.get(models.Department.code == "XX").name == "新部门"
    assert "0 new, 0 changed, 1 unchanged" in run("import", "departments", table).output
    table.write_text("code,name\nYY,好部门\nZZ,\n", "utf-8")
    bad = run("import", "departments", table)
    assert bad.exit_code == 1
    assert "row 3" in bad.output
    assert not models.Department.select().where(models.Department.code == "YY").exists()
    assert run("import-campus", demo.CAMPUS, "--dry-run").exit_code == 0


def test_doctor_finds_what_is_wrong(run: Run, campus: Any) -> None:
    events.record(campus.A, "tested", "试验", by=campus.A)
    healthy = run("doctor")
    assert healthy.exit_code == 0, healthy.output
    models.Event.update(name="forged").where(models.Event.name == "tested").execute()
    ill = run("doctor")
    assert ill.exit_code == 1
    assert "does not hold" in ill.output
    models.database.execute_sql("DELETE FROM schema_migration")
    assert "has not been applied" in run("doctor").output


def test_backup_under_writes_is_whole(run: Run, house: Settings, tmp_path: Path) -> None:
    if not house.is_sqlite:
        assert run("backup", tmp_path / "copy").exit_code in (0, 1)  # pg_dump is the server's own affair
        return
    (house.data / "photos" / "one").write_bytes(b"photo")
    given = run("backup", tmp_path / "copy")
    assert given.exit_code == 0, given.output
    copy = peewee.SqliteDatabase(tmp_path / "copy" / "hall.db")
    assert copy.execute_sql("PRAGMA integrity_check").fetchone() == ("ok",)
    people = copy.execute_sql("SELECT count(*) FROM person").fetchone()[0]
    assert people == models.Person.select().count()
    copy.close()
    assert (tmp_path / "copy" / "photos" / "one").read_bytes() == b"photo"
    assert (tmp_path / "copy" / "secret").read_bytes() == house.secret_key()
    open_house(house)


# --- a hall that runs ------------------------------------------------------------------------------


class Hall:
    """`run.py serve` as a process of its own, on a data folder."""

    def __init__(self, data: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        given = {"HALL_DATA": str(data), "HALL_PORT": str(self.port), "HALL_DEMO": "0", "HALL_WORKERS": "1"}
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith("HALL_")} | given

    def start(self) -> subprocess.Popen[str]:
        program = [sys.executable, "run.py", "serve"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            program, cwd=HOUSE, env=self.environ, text=True, stdout=pipe, stderr=subprocess.STDOUT
        )
        limit = time.monotonic() + 40
        while time.monotonic() < limit and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5) as answer:
                    assert answer.status == 200
                    return self.process
            except OSError:
                time.sleep(0.1)
        self.process.kill()
        raise AssertionError(self.process.communicate()[0])

    def children(self) -> dict[str, int]:
        """pids of the web server and the worker."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True
        )
        found = {
            "worker" if "work" in line.split()[-1] else "web": int(line.split()[0])
            for line in listed.stdout.splitlines()
        }
        assert found.keys() == {"worker", "web"}
        return found

    def stop(self, how: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(how)
        said = self.process.communicate(timeout=40)[0]
        return self.process.returncode, said


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    made = Hall(tmp_path / "data")
    yield made
    if made.process.poll() is None:
        made.stop()


def test_it_starts_stops_and_starts_again_with_its_data(hall: Hall) -> None:
    hall.start()
    file = Path(hall.environ["HALL_DATA"], "hall.db")
    beside = peewee.SqliteDatabase(file)
    beside.execute_sql("INSERT INTO department (code, name) VALUES ('KEPT', '-')")
    beside.close()
    code, said = hall.stop()
    assert code == 0, said
    assert f"http://127.0.0.1:{hall.port}" in said
    assert "Migrated: 0001" in said
    hall.start()
    assert beside.execute_sql("SELECT name FROM department WHERE code = 'KEPT'").fetchone() == ("-",)
    beside.close()
    code, said = hall.stop(signal.SIGINT)
    assert code == 0, said
    assert "Migrated" not in said


def test_it_says_so_when_the_port_is_taken(hall: Hall) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", hall.port))
        taken.listen()
        hall.process = subprocess.Popen(
            [sys.executable, "run.py", "serve"], cwd=HOUSE, env=hall.environ, text=True, stderr=subprocess.PIPE
        )
        said = hall.process.communicate(timeout=40)[1]
    assert hall.process.returncode == 2
    assert "HALL_PORT" in said
    assert "Hint:" in said


@pytest.mark.parametrize("victim", ["web", "worker"])
def test_it_ends_as_one_when_a_part_dies(hall: Hall, victim: str) -> None:
    process = hall.start()
    pids = hall.children()
    os.kill(pids[victim], signal.SIGKILL)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 1, said
    assert "ended unexpectedly" in said
    for pid in pids.values():
        assert not Path(f"/proc/{pid}").exists()


# --- what is in the files --------------------------------------------------------------------------


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=HOUSE, capture_output=True, text=True
    )
    return [HOUSE / name for name in listed.stdout.splitlines() if (HOUSE / name).is_file()]


def test_files_name_no_registry_and_no_place_of_this_machine() -> None:
    package_host = re.compile(r"://[^ \"]+/(simple|packages)/|\"resolved\": *\"http|--(extra-)?index-url")
    for file in tracked():
        text = file.read_bytes().decode("utf-8", "replace")
        if file != Path(__file__):
            assert not package_host.search(text), f"{file.name} names a package host"
        assert f"{HOUSE}/" not in text, f"{file.name} names this machine"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    for line in (HOUSE / name).read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line and not line.startswith("-r "):
            assert re.fullmatch(r"[A-Za-z0-9._-]+(\[\w+\])?==[0-9][0-9a-z.]*", line), line
