"""Every sentence of the hall has its English, and nothing that people read slips past translation."""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.support import Translations

from hall.progress import BAR
from models import ENTITIES, REPAIR_STATES
from translations.catalogue import english, faults, sentences
from translations.extract import declared, is_chinese

HOUSE = Path(__file__).parent.parent
# Chinese that faces hold as data: it is compared with rows or names a language, and nobody reads it as a sentence.
DATA = {"中文", "普通", "紧急", "（分）", "（元）"}
TABLES = {"FAMILY_ICONS"}


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    return sentences()


def test_it_is_complete(wanted):
    assert not [*faults(wanted, english())], "run `make messages` and write what it names"


def test_it_speaks():
    compiled = io.BytesIO()
    write_mo(compiled, english())
    compiled.seek(0)
    spoken = Translations(compiled)
    assert spoken.gettext("请先登录") == "Please sign in"
    assert spoken.gettext("%(count)s 单超时") % {"count": 3} == "3 late"
    assert spoken.upgettext("bar", "报修") != spoken.upgettext("nav", "报修")


def test_the_words_of_declarations_are_found(wanted):
    for model in ENTITIES:
        said = {model.label} | {field.verbose_name or "" for field in model._meta.sorted_fields}
        assert {word for word in said if is_chinese(word) and word not in wanted} == set()
    assert {label for _, label in REPAIR_STATES if label not in wanted} == set()


def test_the_bar_stays_in_one_line_on_a_small_phone():
    words = [english().get(label, "bar").string for label, *_ in BAR]
    assert max(map(len, words)) <= 6, words


@pytest.mark.parametrize(
    ("msgid", "english_of_it", "fault"),
    [
        ("您好，%(name)s", "", "no English"),
        ("您好，%(name)s", "Hello", "other placeholders"),
        ("您好，%(name)s", "Hello %(nam)s", "other placeholders"),
        ("您好，%(name)s", "您好 %(name)s", "Chinese in the English"),
        ("%(share)s%% 完工", "%(share)s finished", "other placeholders"),
    ],
)
def test_a_fault_is_named(msgid, english_of_it, fault):
    said, written = Catalog(), Catalog()
    said.add(msgid)
    written.add(msgid, english_of_it)
    assert [*faults(said, written)] == [f"{fault}: {msgid}"]


def test_a_guess_and_a_leftover_are_faults():
    said, written = Catalog(), Catalog()
    said.add("今天")
    written.add("今天", "Yesterday", flags=["fuzzy"])
    written.add("昨天", "Yesterday")
    written.obsolete["前天"] = english().get("今天").clone()
    assert [fault.split(":")[0] for fault in faults(said, written)] == [
        "only a guess (fuzzy)",
        "not said any more",
        "obsolete",
    ]


def test_what_is_declared_is_found_and_what_is_data_is_not():
    code = """
class Room(Entity):
    label, area = "房间", "places"
    number = CharField(verbose_name="房间号", help_text="门上的", default="某某")
KINDS = [("a", "甲")]
UNITS = ["个"]
@flow.step("受理", sources=["报"], who="维修组")
def accept(): return N_("已受理"), N_("受理", "bar")
LANES = [Lane("mine", "我的任务", ("x",))]
"""
    found = declared(io.BytesIO(code.encode()), {"N_": None}, [], {})
    words = {message[0] if isinstance(message, tuple) else message for _, _, message, _ in found}
    assert words == {"房间", "房间号", "门上的", "甲", "受理", "已受理", "我的任务"}


@pytest.mark.parametrize("page", sorted((HOUSE / "templates").rglob("*.html")), ids=lambda page: page.name)
def test_a_template_says_nothing_without_translation(page):
    text = re.sub(r"\{#.*?#\}", "", page.read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"""\b(_|pgettext)\((["'])(?:(?!\2).)*\2(, (["'])(?:(?!\4).)*\4)?""", "", text)
    left = set(re.findall(r"[\u3000-\u9fff\uff00-\uffef]+", text))
    assert left - DATA == set()


@pytest.mark.parametrize(
    "face",
    [HOUSE / "app.py", HOUSE / "templating.py", *(HOUSE / "portal").glob("*.py"), *(HOUSE / "admin").glob("*.py")],
    ids=lambda face: f"{face.parent.name}-{face.stem}",
)
def test_a_face_says_nothing_without_translation(face):
    left = {text for text in bare(ast.parse(face.read_text("utf-8"))) if re.search(r"[\u4e00-\u9fff]", text)}
    assert left - DATA == set()


def bare(node: ast.AST) -> Iterator[str]:
    """The string literals under `node` that stand in no gettext call, no docstring and no table of data."""
    match node:
        case ast.Call(func=ast.Name(id="_" | "N_" | "lazy_gettext" | "pgettext")):
            yield from (text for part in [*node.args[2:], *node.keywords] for text in bare(part))
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Assign(targets=[ast.Name(id=name)]) if name in TABLES:
            return
        case ast.Constant(value=str(text)):
            yield text
        case _:
            yield from (text for part in ast.iter_child_nodes(node) for text in bare(part))
