"""Settings fail early with a hint, the command line does what it says, and a hall starts and stops as one."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
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
from hall import Mail, accounts, events, row_index
from tests.conftest import make_settings
from tests.unguarded import unguard

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
        ("HALL_SMTP", "mail.edu.cn"),
        ("HALL_SMTP", "smtp://hall@mail.edu.cn"),
        ("HALL_SMTP", "smtp://hall:pass/word@mail.edu.cn"),
        ("HALL_SMTP", "smtp://mail.edu.cn:port"),
        ("HALL_SMTP", "smtp://mail.edu.cn"),
        ("HALL_MAIL_FROM", "hall"),
        ("HALL_MAIL_FROM", "Hall <hall@hall.edu.cn>"),
        ("HALL_LOG", "loud"),
        ("HALL_PROT", "8000"),
    ],
)
def test_a_wrong_setting_is_named_with_a_hint(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, **{variable: value})
    elsewhere = {("HALL_HOST", "0.0.0.0"): "HALL_URL", ("HALL_SMTP", "smtp://mail.edu.cn"): "HALL_MAIL_FROM"}
    meant = elsewhere.get((variable, value), variable)
    assert caught.value.variable == meant
    assert caught.value.wrong
    assert caught.value.hint
    assert "Hint:" in str(caught.value)
    assert "pass/word" not in str(caught.value)  # nobody reads a password in a log


def test_the_mail_server_is_one_address(tmp_path: Path) -> None:
    made = settings(tmp_path, HALL_SMTP="smtp://hall%40edu:p%2Fw@mail.edu.cn", HALL_MAIL_FROM="hall@edu.cn")
    assert Mail.at(made.smtp, made.mail_from) == Mail("mail.edu.cn", 587, False, "hall@edu", "p/w", "hall@edu.cn")
    assert Mail.at("smtp://10.0.0.25", "h@edu.cn") == Mail("10.0.0.25", 25, False, "", "", "h@edu.cn")
    assert Mail.at("smtps://mail.edu.cn", "h@edu.cn") == Mail("mail.edu.cn", 465, True, "", "", "h@edu.cn")
    assert Mail.at("", "") is None


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
    unguard()
    models.Event.update(name="forged").where(models.Event.name == "tested").execute()
    ill = run("doctor")
    assert ill.exit_code == 1
    assert "does not hold" in ill.output
    models.database.execute_sql("DELETE FROM schema_migration")
    assert "has not been applied" in run("doctor").output


def test_a_backup_under_writes_is_whole_and_comes_back(run: Run, app: Flask, house: Settings, tmp_path: Path) -> None:
    if not house.is_sqlite:
        # The programs for this are those of the operator's own server; without them it says what to install.
        given = run("backup", tmp_path / "copy", env={"PATH": ""})
        assert given.exit_code == 1
        assert "pg_dump was not found" in given.output
        return
    (house.data / "photos" / "one").write_bytes(b"photo")
    stop, acknowledged = threading.Event(), [0]

    def write() -> None:
        while not stop.is_set():
            models.Department.create(code=f"N{acknowledged[0]}", name="-")
            acknowledged[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    while acknowledged[0] < 20:
        time.sleep(0.01)
    before = acknowledged[0]
    given = run("backup", tmp_path / "copy")
    stop.set()
    writer.join()
    assert given.exit_code == 0, given.output
    assert run("restore", tmp_path / "copy").exit_code == 1, "a hall that is there must not be overwritten"

    app.config["HALL"] = elsewhere = make_settings(tmp_path / "elsewhere", HALL_SECRET="")
    assert run("restore", tmp_path / "copy").exit_code == 0
    open_house(elsewhere)
    assert run("doctor").exit_code == 0
    assert models.database.execute_sql("PRAGMA integrity_check").fetchone() == ("ok",)
    assert models.Department.select().where(models.Department.name == "-").count() >= before
    assert (elsewhere.data / "photos" / "one").read_bytes() == b"photo"
    assert elsewhere.secret_key() == house.secret_key()
    models.database.close()
    open_house(house)


# --- a hall that runs ------------------------------------------------------------------------------


class Hall:
    """`run.py serve` as a process of its own, on a data folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.data, self.log = folder / "data", folder / "log"
        given = {"HALL_DATA": str(self.data), "HALL_PORT": str(self.port), "HALL_DEMO": "0", "HALL_WORKERS": "1"}
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith("HALL_")} | given

    def launch(self) -> None:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "run.py", "serve"], cwd=HOUSE, env=self.environ, stdout=log, stderr=subprocess.STDOUT
            )

    def start(self) -> None:
        """Launch it and wait until it says that it is open."""
        self.launch()
        limit = time.monotonic() + 60
        while "is open at" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < limit, self.said
            time.sleep(0.1)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=30) as answer:
            assert answer.status == 200

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8")

    def children(self) -> dict[str, int]:
        """pids of the web server and the worker."""
        web, worker = sorted(_children(self.process.pid), key=lambda pid: not _children(pid))
        assert _children(web)
        assert not _children(worker)
        return {"web": web, "worker": worker}

    def stop(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return list(map(int, listed.split()))


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    made = Hall(tmp_path)
    yield made
    if made.process.poll() is None:
        made.stop()


def test_it_starts_stops_and_starts_again_with_its_data(hall: Hall) -> None:
    hall.start()
    beside = row_index.prepared(peewee.SqliteDatabase(hall.data / "hall.db"))
    beside.execute_sql("INSERT INTO department (code, name, name_en) VALUES ('KEPT', '-', '')")
    beside.close()
    assert hall.stop() == 0, hall.said
    assert f"http://127.0.0.1:{hall.port}" in hall.said
    assert "Migrated: 0001" in hall.said
    hall.start()
    assert beside.execute_sql("SELECT name FROM department WHERE code = 'KEPT'").fetchone() == ("-",)
    beside.close()
    assert hall.stop(signal.SIGINT) == 0, hall.said
    assert "Migrated" not in hall.said


def test_it_says_so_when_the_port_is_taken(hall: Hall) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", hall.port))
        taken.listen()
        hall.launch()
        assert hall.process.wait(60) == 2
    assert "HALL_PORT" in hall.said
    assert "Hint:" in hall.said


@pytest.mark.parametrize("victim", ["web", "worker"])
def test_it_ends_as_one_when_a_part_dies(hall: Hall, victim: str) -> None:
    hall.start()
    pids = hall.children()
    os.kill(pids[victim], signal.SIGKILL)
    assert hall.process.wait(60) == 1, hall.said
    assert "ended unexpectedly" in hall.said
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", hall.port), timeout=5)


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
