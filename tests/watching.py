"""What a browser may say and ask while somebody uses the hall: no console message, no other host, no script error."""

from typing import Any


def watch(page: Any, home: str, complaints: list[str], name: str = "page") -> Any:
    """`page` with every console message, script error and request to elsewhere than `home` noted in `complaints`.

    A form that comes back with 400 is no fault of the page, but the browser says so on the console. What breaks the
    content policy is a message there, too.
    """

    def hear(said: Any) -> None:
        if "the server responded with a status of 4" not in said.text:
            complaints.append(f"{name} console {said.type}: {said.text}")

    def ask(asked: Any) -> None:
        if not asked.url.startswith((f"{home}/", "data:", "blob:")):
            complaints.append(f"{name} asks elsewhere: {asked.url}")

    page.on("pageerror", lambda error: complaints.append(f"{name} script error: {error}"))
    page.on("console", hear)
    page.on("request", ask)
    return page
