"""Entry of the hall: `run:app` for a web server, `run:huey` for a huey consumer, and the command line."""

import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

import click
import granian
from flask import Flask, current_app
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

import drivers  # noqa: F401 (before jobs and app, whose libraries look for drivers)
import jobs
import warming
from app import THREADS, ConfigError, Settings, close_house, create_app

STOPS = (signal.SIGTERM, signal.SIGINT)
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
    if settings.demo and context.invoke(current_app.cli.commands["demo"], if_empty=True):
        # A term has gone through this process; what serves is a fresh one.
        os.execv(sys.executable, [sys.executable, *sys.argv])
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    warming.warm_up(app, settings.data)
    sys.exit(_run_together(settings, {"web server": lambda: _serve_web(app), "worker": lambda: _work(app)}))


@cli.command()
def work() -> None:
    """Do the jobs of the queue and the timetable, beside a web server."""
    _work(current_app._get_current_object())  # type: ignore[attr-defined]


def _work(app: Flask) -> None:
    logging.getLogger("huey").setLevel(_of_others(app.config["HALL"]).upper())
    queue = make_huey(app)
    queue.create_consumer(workers=1, max_delay=1.0, graceful_signal="TERM", shutdown_timeout=GRACE).run()


def _serve_web(app: Flask) -> None:
    settings: Settings = app.config["HALL"]
    jobs.make_queue(settings.database, settings.data)
    # The workers are forks of this process, with one application among them.
    multiprocessing.set_start_method("fork", force=True)
    server = granian.Granian(
        "run:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE,
        log_level=LogLevels(_of_others(settings)),
    )
    server.serve(target_loader=lambda _target: app)


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


def _run_together(settings: Settings, jobs_of: dict[str, Callable[[], None]]) -> int:
    """Run the children until a signal comes or one of them ends; 0 only where we were asked to stop."""
    asked: list[int] = []
    for number in STOPS:
        signal.signal(number, lambda number, _frame: asked.append(number))
    # Forks, so that all processes share the memory of one application; no connection may be shared with it.
    close_house()
    warming.settle()
    fork = multiprocessing.get_context("fork")
    children = {name: fork.Process(target=_alone, args=(job,), name=name) for name, job in jobs_of.items()}
    for child in children.values():
        child.start()
    _say_where(settings, children, asked)
    while not asked and all(map(_lives, children.values())):
        time.sleep(0.2)
    ended = [name for name, child in children.items() if not _lives(child)]
    if not asked:
        click.echo(f"The {' and the '.join(ended)} ended unexpectedly; stopping.", err=True)
    for child in children.values():
        _signal_all(child, signal.SIGTERM)
    for child in children.values():
        child.join(GRACE + 5)
        _signal_all(child, signal.SIGKILL)
        child.join()
    return 0 if asked else 1


def _alone(job: Callable[[], None]) -> None:
    """`job` in a session of its own, so that Ctrl-C reaches it once and through us."""
    os.setsid()
    for number in STOPS:
        signal.signal(number, signal.SIG_DFL)
    job()


def _lives(child: BaseProcess) -> bool:
    return child.exitcode is None


def _signal_all(child: BaseProcess, number: int) -> None:
    """Signal a child, or what it left behind: a web server that was killed leaves its processes on the port."""
    assert child.pid is not None
    with contextlib.suppress(ProcessLookupError):
        if _lives(child) and number == signal.SIGTERM:
            os.kill(child.pid, number)
        else:
            os.killpg(child.pid, number)


def _say_where(settings: Settings, children: dict[str, BaseProcess], asked: list[int]) -> None:
    """Print the address and the demo accounts once the server answers."""
    address = (settings.host.replace("0.0.0.0", "127.0.0.1").replace("::", "::1", settings.host == "::"), settings.port)
    while not asked and all(map(_lives, children.values())):
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
        # Nothing of what is made now is garbage, and looking for some takes half of the time.
        gc.disable()
        app = make_app(queue=False)
        gc.enable()
        for command in app.cli.commands.values():
            cli.add_command(command)
        with app.app_context():
            cli(prog_name="run.py")
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
