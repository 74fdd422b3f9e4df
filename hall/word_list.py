"""The list of sensitive words: what a new word would hit before it is saved, and every change with its event."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import peewee

from hall import access, bulk, events, word_matching
from hall.answers import choice, text
from hall.folding import fold, normalise
from hall.word_matching import COLUMN, ROW
from hall.words import N_, Refused
from models import MODERATED, WORD_ACTIONS, Moderated, Person, SensitiveWord, database, held, tuples

NEED = "words.edit"
LONGEST_WORD, LONGEST_NOTE = 40, 100  # characters, as the columns hold
MOST_WORDS = 5_000  # pasted at once
ALREADY = N_("词表里已经有“%(known)s”，它也匹配这种写法")
OFF = N_("词表里已经有“%(known)s”，它现在停用着，可以重新启用")
TWICE = N_("这次已经写了“%(known)s”，它也匹配这种写法")


# --- judging -----------------------------------------------------------------------------------------


class Known:
    """The words of the list by what they are compared as, read once to judge as many new ones as one likes."""

    def __init__(self, apart_from: int = 0) -> None:
        rows = SensitiveWord.select(SensitiveWord.word, SensitiveWord.is_active)
        others = tuples(rows.where(SensitiveWord.id != apart_from))
        self.words = {normalise(word)[0]: (word, ALREADY if is_active else OFF) for word, is_active in others}

    def judge(self, written: str, field: str = "word") -> str:
        """`written` as the list keeps it, which counts as known from now on.

        Raises Refused(field) where it is no word, or one that is known in this or another form.
        """
        word = text(" ".join(written.split()), field, least=1, most=LONGEST_WORD)
        skeleton, _where = normalise(word)
        if not skeleton:
            raise Refused(N_("“%(word)s”里没有可以匹配的文字"), field=field, word=word)
        if len(skeleton) == 1 and skeleton.isascii():
            raise Refused(N_("“%(word)s”只有一个字母或数字，会命中太多普通文字，请写长一些"), field=field, word=word)
        if skeleton in self.words:
            known, sentence = self.words[skeleton]
            raise Refused(sentence, field=field, known=known)
        self.words[skeleton] = (word, TWICE)
        return word


def judged(written: Iterable[str]) -> tuple[list[str], list[tuple[str, Refused]]]:
    """Lines as somebody pasted them: the words that can be saved, and the others each with why not.

    Raises Refused(field="words") where nothing is written or more than MOST_WORDS.
    """
    lines = [line for line in map(str.strip, written) if line]
    if not lines:
        raise Refused(N_("请至少写一个词"), field="words")
    if len(lines) > MOST_WORDS:
        raise Refused(N_("一次最多 %(most)s 个词，现在是 %(now)s 个"), field="words", most=MOST_WORDS, now=len(lines))
    known, good, bad = Known(), [], []
    for line in lines:
        try:
            good.append(known.judge(line, "words"))
        except Refused as refused:
            bad.append((line[: LONGEST_WORD + 1], refused))
    return good, bad


def fingerprint(row: SensitiveWord) -> str:
    """What a row says, as a short text that changes with it: the version of a row that has no version."""
    said = (row.word, row.action, row.is_active, row.note)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


# --- verbs -------------------------------------------------------------------------------------------


def save_word(word: str, action: str, note: str = "", *, by: Person) -> SensitiveWord:
    """Add one word. Raises Refused where `by` may not, or the list has the word in any form."""
    good, bad = save_words([word], action, note, by=by)
    for _line, refused in bad:
        refused.field = "word"
        raise refused
    return SensitiveWord.get(SensitiveWord.word == good[0])


def save_words(
    written: Iterable[str], action: str, note: str = "", *, by: Person
) -> tuple[list[str], list[tuple[str, Refused]]]:
    """Add the lines of a list that are new; gives them, and the others each with why it was left out.

    All of them or none are saved, each with its event. Raises Refused.
    """
    role = _role(by)
    said = {"action": choice(action, WORD_ACTIONS, "action"), "note": text(note, "note", most=LONGEST_NOTE)}
    try:
        with database.atomic():
            good, bad = judged(written)
            bulk.insert(SensitiveWord, [{"word": word, **said} for word in good])
            told = [(row.id, {"changes": events.diff({}, row.__data__)}) for row in _rows(good)]
            events.record_many(SensitiveWord, told, "create", N_("新建敏感词"), by=by, role=role)
    except peewee.IntegrityError as error:
        raise Refused(N_("另一位同事刚刚加入了同样的词，请再看一遍"), field="words", stale=True) from error
    return good, bad


def _rows(words: list[str]) -> Iterator[SensitiveWord]:
    rest = iter(words)
    while chunk := list(islice(rest, 500)):
        yield from SensitiveWord.select().where(SensitiveWord.word.in_(chunk))


def change_word(
    row_id: int, *, by: Person, word: str, action: str, is_active: bool = True, note: str = "", seen: str | None = None
) -> SensitiveWord:
    """Change what a row of the list says.

    Raises Refused where `by` may not, where another row has the word in any form, or (stale) where the row does
    not say any more what was shown (`seen`, a fingerprint).
    """
    role = _role(by)
    try:
        with database.atomic():
            row = _as_shown(row_id, seen)
            before = dict(row.__data__)
            row.word = Known(apart_from=row.id).judge(word)
            row.action, row.is_active = choice(action, WORD_ACTIONS, "action"), is_active
            row.note = text(note, "note", most=LONGEST_NOTE)
            changes = events.diff(before, row.__data__)
            if changes:
                row.save()
                events.record(row, "edit", N_("修改敏感词"), by=by, role=role, details={"changes": changes})
    except peewee.IntegrityError as error:
        raise Refused(N_("另一位同事刚刚加入了同样的词，请再看一遍"), field="word", stale=True) from error
    return row


def remove_word(row_id: int, *, by: Person, seen: str | None = None) -> None:
    """Take a word off the list; its event says what it was. Raises Refused."""
    role = _role(by)
    with database.atomic():
        row = _as_shown(row_id, seen)
        details = {"changes": events.diff({}, row.__data__)}
        events.record(row, "delete", N_("删除敏感词"), by=by, role=role, details=details)
        row.delete_instance()


def _role(by: Person) -> str:
    role = access.role_for(by, NEED)
    if not role:
        raise Refused(N_("您没有权限修改敏感词"))
    return role


def _as_shown(row_id: int, seen: str | None) -> SensitiveWord:
    row: SensitiveWord | None = held(SensitiveWord.select().where(SensitiveWord.id == row_id)).first()
    if row is None:
        raise Refused(N_("另一位同事刚刚删除了这个词"), stale=True)
    if seen is not None and fingerprint(row) != seen:
        raise Refused(N_("另一位同事刚刚改了这个词，请核对后再决定"), stale=True)
    return row


# --- what a new word would hit ---------------------------------------------------------------------

MOST_AFFECTED = 100  # and one more, to say that there are more
MOST_ROWS, MOST_CHARACTERS = 5_000, 600_000  # looked through of each kind, newest first; about a quarter of a second
AROUND = 24


@dataclass(frozen=True)
class Affected:
    """Something published that a word would hit: the row, the word, and the text around the place."""

    row: Moderated
    word: str
    before: str
    hit: str
    after: str


def effect(word: str, action: str = "hold") -> list[tuple[Moderated, str]]:
    """The published things that a new `word` would hit, newest first, each with an excerpt; at most MOST_AFFECTED + 1.

    The effect is the same for every action but must be one of WORD_ACTIONS. Raises Refused.
    """
    choice(action, WORD_ACTIONS, "action")
    return [(each.row, each.before + each.hit + each.after) for each in affected([word])]


def affected(words: Iterable[str]) -> list[Affected]:
    """The published things that any of `words` would hit, newest first of each kind; at most MOST_AFFECTED + 1."""
    said = ROW.join(f"hold{COLUMN}{word}" for word in words)
    found: list[Affected] = []
    for model in MODERATED:
        left = MOST_CHARACTERS
        for row, texts in _published(model):
            found += _first_hit(row, texts, said)
            left -= sum(map(len, texts.values()))
            if left < 0 or len(found) > MOST_AFFECTED:
                break
    return found[: MOST_AFFECTED + 1]


def _published(model: Any) -> Iterator[tuple[Moderated, dict[str, str]]]:
    """The published rows of `model`, newest first, each with its texts."""
    columns = [name for name in model.reviewed if isinstance(model._meta.fields[name], peewee._StringField)]
    for row in model.select().where(model.moderation == "published").order_by(model.id.desc()).limit(MOST_ROWS):
        yield row, {name: getattr(row, name) for name in columns}


def _first_hit(row: Moderated, texts: dict[str, str], words: str) -> Iterator[Affected]:
    for said in texts.values():
        for start, end, word, _action in islice(word_matching.find(fold(said), words), 1):
            yield Affected(row, word, said[max(start - AROUND, 0) : start], said[start:end], said[end:][:AROUND])
            return
