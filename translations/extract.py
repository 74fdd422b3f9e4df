"""What Babel takes for a sentence beside gettext calls: the words with which models, flows and lanes declare things."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from babel.messages.extract import extract_python

# Keyword arguments and class attributes that are words for people.
NAMED = {"verbose_name", "help_text", "label"}
# Calls that declare something, and which positional argument is its label.
CALLED = {"step": 0, "start": 0, "Flow": 1, "Lane": 1, "Column": 1}


def declared(
    file: IO[bytes], keywords: Mapping[str, Any], tags: Iterable[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, str | None, Any, list[str]]]:
    """Yield (line, function, message, comments) of every gettext call and of every declared label in a Python file."""
    yield from extract_python(file, keywords, tags, options)
    file.seek(0)
    for node in ast.walk(ast.parse(file.read())):
        for words in _declares(node):
            if isinstance(words, ast.Constant) and isinstance(words.value, str) and is_chinese(words.value):
                yield words.lineno, None, words.value, []


def is_chinese(text: str) -> bool:
    """Whether a Chinese character or punctuation mark is in `text`; “quotation marks” are nobody's."""
    return any("\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef" for character in text)


def _declares(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if len(args) > CALLED.get(name, 99):
            yield args[CALLED[name]]
        case ast.keyword(arg=name, value=value) if name in NAMED:
            yield value
        case ast.Assign(targets=[ast.Name(id="label")], value=value):
            yield value
        case ast.Assign(
            targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)
        ):  # label, area = "楼宇", "places"
            yield from (value for name, value in zip(names, values, strict=False) if getattr(name, "id", "") in NAMED)
        case ast.List(elts=choices):  # [(value, label), …]
            yield from (choice.elts[1] for choice in choices if isinstance(choice, ast.Tuple) and len(choice.elts) == 2)
