"""Wrong tries at signing in: counted in the database for all processes, slowed by address, and reported.

What is slowed is an address, never a number: a flood against somebody never keeps them out (`faults.md` 24, 25).
"""

from datetime import timedelta

from hall import clock
from hall.words import N_, TooOften
from models import SignInFailure, tuples

WINDOW = timedelta(minutes=15)
TRIES_PER_ADDRESS = 30
TRIES_PER_ADDRESS_AND_NUMBER = 8
SPRAYED_NUMBERS = 10
KEPT = timedelta(days=30)
SLOW_DOWN = N_("尝试次数过多，请 15 分钟后再试")


def note_failure(number: str, address: str) -> None:
    """Remember one wrong try."""
    SignInFailure.create(number=number, address=address, at=clock.now())


def refuse_flood(number: str, address: str) -> None:
    """Slow down one address, and one address on one number; nobody else's sign-in is touched by it."""
    recent = SignInFailure.select().where(SignInFailure.address == address, SignInFailure.at > clock.now() - WINDOW)
    if recent.limit(TRIES_PER_ADDRESS).count() >= TRIES_PER_ADDRESS:
        raise TooOften(SLOW_DOWN)
    on_number = recent.where(SignInFailure.number == number).limit(TRIES_PER_ADDRESS_AND_NUMBER)
    if on_number.count() >= TRIES_PER_ADDRESS_AND_NUMBER:
        raise TooOften(SLOW_DOWN)


def report_spraying(since_hours: float = 1) -> list[tuple[str, int]]:
    """Addresses that tried many different numbers lately: [(address, numbers)], for administrators (fault 24)."""
    since = clock.now() - timedelta(hours=since_hours)
    numbers: dict[str, set[str]] = {}
    recent = SignInFailure.select(SignInFailure.address, SignInFailure.number).where(SignInFailure.at > since)
    for address, number in tuples(recent.limit(10_000)):
        numbers.setdefault(address, set()).add(number)
    return sorted(((a, len(n)) for a, n in numbers.items() if len(n) >= SPRAYED_NUMBERS), key=lambda row: -row[1])


def forget_failures() -> int:
    """Drop failed tries that are older than a month. Returns how many rows went."""
    return SignInFailure.delete().where(SignInFailure.at < clock.now() - KEPT).execute()
