"""Loading one address with wrk, and what came of it."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.servers import Server

VISITOR = {"Accept": "text/html", "Accept-Encoding": "gzip", "Accept-Language": "zh-CN,zh;q=0.9"}
ENOUGH, LONGEST = 150, 15  # requests of a load that tell; seconds
# What wrk counted, as one line of JSON behind a mark.
DONE = """
function done(summary, latency, requests)
  local wrong = summary.errors
  io.write(string.format('\\nCOUNTED {"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "wrong": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout))
end
"""
# Every request has an address that nobody asked for before.
ANEW = """
local count = 0
function request()
  count = count + 1
  return wrk.format("GET", "{path}{joined}anew={salt}-" .. count)
end
"""
# Every request is a form of the next of several people, with a token of its own.
FORMS = """
local people = {{ {people} }}
local count = 0
function request()
  count = count + 1
  local person = people[count % #people + 1]
  local body = {body}
  body = body:gsub("CSRF", person[2]):gsub("ONCE", "{salt}-" .. count)
  return wrk.format("POST", "{path}", {{["Cookie"] = person[1], ["Content-Type"] = "{kind}"}}, body)
end
"""


@dataclass(frozen=True)
class Counted:
    """What one load came to: requests a second, milliseconds, milliseconds of CPU a request, and errors."""

    rate: float
    p50: float
    p99: float
    cpu: float
    wrong: int


def is_installed() -> bool:
    """Whether wrk is on the path."""
    return shutil.which("wrk") is not None


def anew(path: str) -> str:
    """A script for `load` by which every request asks for another address of the same page."""
    return ANEW.format(path=path, joined="&" if "?" in path else "?", salt=_salt())


def sent(path: str, fields: Mapping[str, str], people: Sequence[tuple[str, str]]) -> str:
    """A script for `load` by which every request sends the form `fields`, with the next of `people` as its sender.

    They are (cookie, CSRF token); CSRF in the fields becomes that token, and ONCE another word each time.
    """
    edge = "----hall-bench"
    head = f"--{edge}\r\nContent-Disposition: form-data; name="
    body = "".join(f'{head}"{name}"\r\n\r\n{said}\r\n' for name, said in fields.items()) + f"--{edge}--\r\n"
    named = ", ".join(f"{{{_quoted(cookie)}, {_quoted(token)}}}" for cookie, token in people)
    kind = f"multipart/form-data; boundary={edge}"
    return FORMS.format(people=named, body=_quoted(body), salt=_salt(), path=path, kind=kind)


def _salt() -> str:
    return f"{time.time_ns():x}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
    return f'"{escaped}"'


def load(
    server: Server, path: str, seconds: float, *, script: str = "", cookie: str = "", connections: int = 16
) -> Counted:
    """Ask `server` for `path` for so many seconds; `script` is Lua for wrk that says what is asked instead.

    Goes on for longer where a page is so slow that the requests which are under way at the end, whose CPU is counted
    and they are not, would tell.
    """
    server.settle()
    before = server.cpu()
    said = _wrk(server, path, seconds, script, cookie, connections)
    used = server.cpu() - before
    if said["requests"] < ENOUGH and seconds >= 1:
        longer = min(LONGEST, seconds * ENOUGH / max(said["requests"], 1))
        server.settle()
        before = server.cpu()
        said = _wrk(server, path, longer, script, cookie, connections)
        used = server.cpu() - before
    requests = max(said["requests"], 1)
    rate = said["requests"] / (said["microseconds"] / 1e6)
    return Counted(rate, said["p50"] / 1000, said["p99"] / 1000, 1000 * used / requests, said["wrong"])


def _wrk(server: Server, path: str, seconds: float, script: str, cookie: str, connections: int) -> dict[str, int]:
    """What wrk counted."""
    headers = VISITOR | ({"Cookie": cookie} if cookie else {})
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script + DONE)
        file.flush()
        command = ["wrk", "--threads", "1", "--connections", str(connections), "--timeout", "20s", "--latency"]
        # wrk knows whole seconds only.
        command += ["--duration", f"{max(1, round(seconds))}s", "--script", file.name]
        command += [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
        ran = subprocess.run([*command, f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True)
    counted = ran.stdout.rpartition("COUNTED ")[2].strip()
    if ran.returncode or not counted.startswith("{"):
        raise RuntimeError(f"wrk failed at {path}: {ran.stdout} {ran.stderr}")
    known: dict[str, int] = json.loads(counted)
    return known
