"""Entry of the hall: `run:app` for a web server, `run:huey` for a huey consumer, and the command line."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app

import jobs
from app import THREADS, ConfigError, Settings, create_app

HOUSE = Path(__file__).parent
# How long whoever works at the stop signal may finish what they do.
GRACE = 10


def make_app(*, queue: bool = True) -> Flask:
    """The application as the environment describes it. Raises ConfigError before anything is opened."""
    settings = Settings.from_environ(os.environ)
    settings.check()
    app = create_app(settings)
    if queue:
        jobs.make_queue(settings.database, settings.data)
    return app


def make_huey(app: Flask | None = None) -> Any:
    """The queue for a consumer, with the database open for its jobs."""
    settings: Settings = (app or make_app(queue=False)).config["HALL"]
    return jobs.make_queue(settings.database, settings.data, create_tables=True)


def __getattr__(name: str) -> Any:
    """`app` and `huey` are made when a server asks for them, not when the command line imports this file."""
    makers = {"app": make_app, "huey": make_huey}
    if name not in makers:
        raise AttributeError(name)
    return globals().setdefault(name, makers[name]())


@click.group()
def cli() -> None:
    """The service hall on the command line."""


@cli.command()
@click.pass_context
def serve(context: click.Context) -> None:
    """Migrate, fill an empty database with the demo, and run the web server and the worker."""
    settings: Settings = current_app.config["HALL"]
    _check_port(settings)
    context.invoke(current_app.cli.commands["migrate"])
    if settings.demo:
        context.invoke(current_app.cli.commands["demo"], if_empty=True)
    web = [sys.executable, "-m", "granian", "run:app", "--interface", "wsgi", "--host", settings.host]
    web += ["--port", str(settings.port), "--workers", str(settings.workers), "--blocking-threads", str(THREADS)]
    web += ["--respawn-failed-workers", "--workers-kill-timeout", str(GRACE), "--no-ws", "--http", "1"]
    web += ["--log-level", _of_others(settings)]
    sys.exit(_run_together(settings, {"web server": web, "worker": [sys.executable, "run.py", "work"]}))


@cli.command()
def work() -> None:
    """Do the jobs of the queue and the timetable, beside a web server."""
    settings: Settings = current_app.config["HALL"]
    logging.getLogger("huey").setLevel(_of_others(settings).upper())
    queue = make_huey(current_app)
    queue.create_consumer(workers=1, max_delay=1.0, graceful_signal="TERM", shutdown_timeout=GRACE).run()


def _of_others(settings: Settings) -> str:
    """How much web server and queue may say: nothing of what goes well, unless somebody looks for a fault."""
    return "debug" if settings.log == "debug" else "warning"


def _check_port(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigError(
                "HALL_PORT", f"{settings.host}:{settings.port} cannot be used ({error.strerror})", "set another port"
            ) from None


def _run_together(settings: Settings, commands: dict[str, list[str]]) -> int:
    """Run the children until a signal comes or one of them ends; 0 only where we were asked to stop."""
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.append(number))
    # In sessions of their own, so that Ctrl-C reaches them once and through us.
    children = {
        name: subprocess.Popen(command, cwd=HOUSE, start_new_session=True) for name, command in commands.items()
    }
    _say_where(settings, children, asked)
    while not asked and all(child.poll() is None for child in children.values()):
        time.sleep(0.2)
    ended = [name for name, child in children.items() if child.poll() is not None]
    if not asked:
        click.echo(f"The {' and the '.join(ended)} ended unexpectedly; stopping.", err=True)
    for child in children.values():
        _signal_all(child, signal.SIGTERM)
    for child in children.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE + 5)
        _signal_all(child, signal.SIGKILL)
    return 0 if asked else 1


def _signal_all(child: subprocess.Popen[bytes], number: int) -> None:
    """Signal a child, or what it left behind: a web server that was killed leaves its processes on the port."""
    with contextlib.suppress(ProcessLookupError):
        if child.poll() is None and number == signal.SIGTERM:
            child.send_signal(number)
        else:
            os.killpg(child.pid, number)


def _say_where(settings: Settings, children: dict[str, subprocess.Popen[bytes]], asked: list[int]) -> None:
    """Print the address and the demo accounts once the server answers."""
    address = (settings.host.replace("0.0.0.0", "127.0.0.1").replace("::", "::1", settings.host == "::"), settings.port)
    while not asked and all(child.poll() is None for child in children.values()):
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            if settings.demo:
                click.get_current_context().invoke(current_app.cli.commands["accounts"])
            click.echo(f"\nThe service hall is open at {settings.url}  (Ctrl-C stops it)\n")
            return


def main() -> None:
    """The command line; a wrong setting ends it with a hint instead of a traceback."""
    try:
        app = make_app(queue=False)
        for command in app.cli.commands.values():
            cli.add_command(command)
        with app.app_context():
            cli(prog_name="run.py")
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
