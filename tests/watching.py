"""What a browser may say and ask while somebody uses the hall: no console message, no other host, no script error."""

from typing import Any

# A form that comes back with 400; and whoever moves on by a key before the page has put them into its first field.
FAULTLESS = ("the server responded with a status of 4", "Autofocus processing was blocked")


def watch(page: Any, home: str, complaints: list[str], name: str = "page") -> Any:
    """`page` with every console message, script error and request to elsewhere than `home` noted in `complaints`.

    Of what the browser says on the console, FAULTLESS is no fault of the page. What breaks the content policy is a
    message there, too.
    """

    def hear(said: Any) -> None:
        if not any(words in said.text for words in FAULTLESS):
            complaints.append(f"{name} console {said.type}: {said.text}")

    def ask(asked: Any) -> None:
        if not asked.url.startswith((f"{home}/", "data:", "blob:")):
            complaints.append(f"{name} asks elsewhere: {asked.url}")

    page.on("pageerror", lambda error: complaints.append(f"{name} script error: {error}"))
    page.on("console", hear)
    page.on("request", ask)
    return page
