"""Web servers that a bench starts, loads and stops, and what their processes use: CPU and memory, as /proc says."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

HOUSE = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
WORKERS, THREADS = 2, 4
PATIENCE = 90  # seconds until a server must answer
SETTLED, QUIET = 30, 0.2  # seconds until what was asked before is done; of nearly no work, by which it is seen


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server with all its processes; `started` is after how many seconds it answered `path`."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str], port: int, path: str) -> None:
        self.name, self.port = name, port
        began = time.monotonic()
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the server runs)
        ours = {key: value for key, value in os.environ.items() if not key.startswith("HALL_")}
        said: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": self._said, "env": ours | dict(environ)}
        self.process = subprocess.Popen(command, cwd=HOUSE, start_new_session=True, **said)
        while not self._answers(path):
            if self.process.poll() is not None or time.monotonic() - began > PATIENCE:
                said_last = self.complaints()
                self.stop()
                raise RuntimeError(f"{name} does not start: {said_last}")
            time.sleep(0.05)
        self.started = time.monotonic() - began

    def _answers(self, path: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", path)
            return connection.getresponse().status < 400
        return False

    def complaints(self) -> str:
        """The end of what it wrote to its standard error."""
        self._said.seek(0)
        return self._said.read().decode(errors="replace")[-2000:]

    def processes(self) -> list[int]:
        """The ids of the process that was started and of all below it."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
        found = [self.process.pid]
        for pid in found:
            found += children.get(pid, [])
        return found

    def cpu(self) -> float:
        """Seconds of CPU that all its processes have used so far, those that ended too."""
        total = 0.0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                # utime, stime, and of the children that ended: cutime, cstime.
                total += sum(map(int, _stat(pid)[11:15])) / TICKS
        return total

    def settle(self) -> None:
        """Wait until it has done what it was asked before, or SETTLED seconds at most."""
        used, began = self.cpu(), time.monotonic()
        while time.monotonic() - began < SETTLED:
            time.sleep(QUIET)
            before, used = used, self.cpu()
            if used - before < QUIET / 10:
                return

    def memory(self) -> float:
        """Megabytes of memory of all its processes, what they share counted once (PSS); 0 where nobody says it."""
        kilobytes = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                kilobytes += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        return kilobytes / 1024

    def stop(self) -> None:
        """End it and whatever it has started."""
        below = {pid: _began(pid) for pid in self.processes()}
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        for pid, began in below.items():
            with contextlib.suppress(ProcessLookupError):
                if began and _began(pid) == began:  # another process may have its number by now
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._said.close()


def _began(pid: int) -> str:
    """When a process began, in ticks; "" where there is none."""
    try:
        return _stat(pid)[19]
    except OSError:
        return ""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat behind the name, which may hold spaces: state, parent, …"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def gunicorn(name: str, app: str, environ: Mapping[str, str], path: str = "/") -> Server:
    """Two sync workers of gunicorn."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", str(WORKERS), "--bind", f"127.0.0.1:{port}", app]
    return Server(name, [*command, "--log-level", "error"], environ, port, path)


def granian(name: str, app: str, environ: Mapping[str, str], path: str = "/") -> Server:
    """Two workers of granian, as the hall runs on."""
    port = free_port()
    command = [sys.executable, "-m", "granian", app, "--interface", "wsgi", "--host", "127.0.0.1", "--no-ws"]
    command += ["--port", str(port), "--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--http", "1"]
    return Server(name, [*command, "--log-level", "warning"], environ, port, path)


def hall(name: str, environ: Mapping[str, str]) -> Server:
    """The hall as `make run` starts it, with its job worker; when it has run before, and knows its templates."""
    port = free_port()
    given = {"HALL_PORT": str(port), "HALL_WORKERS": str(WORKERS), "HALL_DEMO": "0", "HALL_LOG": "error", **environ}
    command = [sys.executable, "run.py", "serve"]
    Server(name, command, given, port, "/").stop()
    return Server(name, command, given, port, "/")
