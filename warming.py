"""What is read before the processes of the hall part, so that it lies in memory once and the first page does not wait.

Whatever each process would read for itself is there once for each of them: templates, the words of both languages, what
the libraries make of the first page they are asked for.
"""

import contextlib
import contextvars
import ctypes
import gc
import hashlib
import logging
import multiprocessing
import sys
from importlib.metadata import version
from pathlib import Path

import jinja2
from flask import Flask
from werkzeug.test import Client

from hall import freshness, pinyin

log = logging.getLogger("hall.warming")
HOUSE = Path(__file__).parent
# What every visitor opens, in both languages.
PAGES = (
    "/",
    "/signin",
    "/supervision",
    "/lost-found",
    "/market",
    "/search?q=hall",
    "/?lang=en",
    "/supervision?lang=en",
)
# malloc.h of glibc
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
MEGABYTE = 1024 * 1024


def warm_up(app: Flask, data: Path) -> None:
    """Read it all. What fails here costs memory and time later, and nothing else."""
    give_back()
    compile_templates(app, data / "templates")
    try:
        pinyin.initials("中")
    except Exception:
        log.warning("no table of initials could be made", exc_info=True)
    for blueprint in app.blueprints.values():
        blueprint.deferred_functions.clear()  # how each address was asked for, 2 MB; nothing is registered again
    # In a context of its own: the command line has the application's open, and pages would share its language.
    contextvars.Context().run(_open_pages, app)


def give_back() -> None:
    """Let this process and those that part from it give back what they have freed, where the C library is glibc's.

    A sign-in takes 19 MB for a moment (argon2). Once that is freed, glibc keeps as much for whatever comes, in each
    process and for each thread.
    """
    with contextlib.suppress(AttributeError, OSError):
        choose = ctypes.CDLL(None).mallopt
        choose(ARENA_MAX, 3)
        choose(MMAP_THRESHOLD, MEGABYTE)
        choose(TRIM_THRESHOLD, MEGABYTE)


def settle() -> None:
    """Leave as little as possible that a fork of this process would write to, because each page written to is copied.

    The collector passes over what is here now. And glibc has put in order what was freed: it does so at large requests,
    by writing into all of it, 7 MB here, and would do it in each fork again.
    """
    gc.collect()
    gc.freeze()
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
    for _time in range(2):
        bytearray(MEGABYTE // 2)


def compile_templates(app: Flask, folder: Path) -> None:
    """Have every template of the house ready; as the last start kept them in `folder`, where nothing has changed."""
    environment = app.jinja_env
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        made_by = _made_by()
        for old in folder.iterdir():
            if not old.name.startswith(made_by):
                old.unlink()
        environment.bytecode_cache = jinja2.FileSystemBytecodeCache(str(folder), f"{made_by}-%s")
        if not any(folder.iterdir()):
            # Compiling takes three seconds, and leaves 6 MB of holes in the memory of whoever does it.
            halves = [multiprocessing.get_context("fork").Process(target=_read_all, args=(app, n, 2)) for n in (0, 1)]
            for child in halves:
                child.start()
            for child in halves:
                child.join()
    _read_all(app)
    environment.bytecode_cache = None


def _read_all(app: Flask, first: int = 0, step: int = 1) -> None:
    assert app.jinja_loader is not None
    try:
        for name in app.jinja_loader.list_templates()[first::step]:
            app.jinja_env.get_template(name)
    except OSError:  # a full disk; what is missing is compiled when it is asked for
        log.warning("the templates could not be kept", exc_info=True)


def _made_by() -> str:
    """A name for all that has a say in what becomes of a template: Python, Jinja, and our extensions of it."""
    digest = hashlib.blake2b(f"{sys.version} {version('jinja2')}".encode(), digest_size=8)
    for file in sorted(HOUSE.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _open_pages(app: Flask) -> None:
    visitor = Client(app)  # the one of Flask loads a debugger
    try:
        for page in PAGES:
            answer = visitor.get(page, headers={"Accept-Encoding": "gzip"})
            if answer.status_code >= 500:
                break  # the application has said why
    except Exception:
        log.warning("the first pages could not be made", exc_info=True)
    freshness.close()
