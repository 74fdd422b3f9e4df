"""Paper: the work order says what the order says, in Chinese letters that lie in the file; codes lead home."""

import re
import zlib
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import obstore
import pytest
import segno

from hall import clock, photos, printing, repairs, settlement, site
from hall.settlement import Line
from hall.words import Refused
from models import Assignment, Building, Person, RepairItem, RepairOrder, Room
from tests.test_photos import picture, prepared

needs_font = pytest.mark.skipif(
    not printing.font_book()[1], reason="no Chinese font on this machine; .ci/run installs fonts-noto-cjk"
)

# A string of a PDF: letters, in which a pair of brackets may stand, or digits.
STRING = re.compile(rb"\(((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*)\)|<([0-9A-F]+)>", re.S)


class Paper:
    """As much of a PDF of typst as shows that words can be read: objects, streams, fonts, text by their own tables."""

    def __init__(self, pdf: bytes) -> None:
        assert pdf.startswith(b"%PDF-")
        self.objects = {
            int(found[1]): pdf[found.end() : pdf.index(b"endobj", found.end())]
            for found in re.finditer(rb"(?m)^(\d+) 0 obj", pdf)
        }
        self.pages = [body for body in self.objects.values() if re.search(rb"/Type\s*/Page\b(?!s)", body)]
        self.pictures = sum(b"/Subtype/Image" in body and b"/DCTDecode" in body for body in self.objects.values())
        self.text = "".join(self._words(page) for page in self.pages)

    def stream(self, number: int) -> bytes:
        body = self.objects[number]
        data = body[body.index(b"stream\n") + 7 : body.rindex(b"endstream")]
        return zlib.decompress(data) if b"FlateDecode" in body else data

    def _letters(self, number: int) -> dict[int, str]:
        """Glyph → text, from the table that the font carries; the font itself must lie in the file."""
        font = self.objects[number]
        inner = self.objects[int(re.search(rb"/DescendantFonts\s*\[(\d+)", font)[1])]
        descriptor = self.objects[int(re.search(rb"/FontDescriptor (\d+)", inner)[1])]
        assert self.stream(int(re.search(rb"/FontFile3 (\d+)", descriptor)[1]))
        table = self.stream(int(re.search(rb"/ToUnicode (\d+)", font)[1])).decode("latin-1")
        pairs = re.findall(r"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", table)
        return {int(glyph, 16): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}

    def _words(self, page: bytes) -> str:
        resources = self.objects[int(re.search(rb"/Resources (\d+)", page)[1])]
        fonts = {name: self._letters(int(number)) for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources)}
        said = []
        content = self.stream(int(re.search(rb"/Contents (\d+)", page)[1]))
        for font, shown in re.findall(rb"\nBT .*?/(f\d+) [\d.]+ Tf(.*?)\nET\n", content, re.S):
            for literal, digits in STRING.findall(shown):
                glyphs = bytes.fromhex(digits.decode()) if digits else _unescaped(literal)
                codes = [int.from_bytes(glyphs[at : at + 2], "big") for at in range(0, len(glyphs), 2)]
                said.append("".join(fonts[font].get(code, "\ufffd") for code in codes))
        return "".join(said)


def _unescaped(string: bytes) -> bytes:
    plain = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def letter(found: re.Match[bytes]) -> bytes:
        return bytes([int(found[1], 8)]) if found[1].isdigit() else plain.get(found[1], found[1])

    return re.sub(rb"\\([0-7]{1,3}|.)", letter, string, flags=re.S)


def squeezed(text: str) -> str:
    """Without blanks: where a line breaks on paper is no matter here."""
    return re.sub(r"\s", "", text)


def read(order: RepairOrder) -> Paper:
    return Paper(printing.work_order_pdf(RepairOrder.get_by_id(order.id), may_call=True))


def says(paper: Paper, *words: str) -> None:
    missing = [word for word in words if squeezed(word) not in squeezed(paper.text)]
    assert not missing, f"{missing} not in {paper.text}"


def photographed(*colours: str) -> list[photos.Prepared]:
    return [prepared(picture(colour=colour)) for colour in colours]


@pytest.fixture
def at_noon(freeze: Callable[[datetime], None]) -> None:
    freeze(clock.utc(datetime(2026, 11, 23, 12, 0)))


@pytest.fixture
def order(campus, at_noon) -> RepairOrder:
    return repairs.report(
        by=campus.A,
        building=Building.get(Building.code == "NQ1"),
        room="101",
        spot="卫生间洗手台",
        item=RepairItem.get(RepairItem.code == "S01"),
        description_text="冷水龙头关不紧，一直滴水。\n从昨天晚上开始，地面有积水。",
        phone="13900000073",
        wished_visits=["11-24 上午", "11-25 下午"],
        entry="enter",
        photos=photographed("red", "green", "blue"),
    )


def worked_on(order: RepairOrder, campus) -> RepairOrder:
    """Sent to two workers, repaired with material, inspected by who reported it, settled by the settler."""
    order = repairs.accept(order, by=campus.lead)
    order = repairs.dispatch(order, by=campus.lead, workers=[campus.W1, campus.helper])
    order = repairs.start(order, by=campus.W1)
    order = repairs.finish(
        order,
        by=campus.W1,
        work_done="更换陶瓷阀芯，试水不再滴漏",
        labour_minutes=95,
        materials="陶瓷阀芯 1 个\n生料带 0.5 卷",
        photos=photographed("white", "grey", "black"),
    )
    order = repairs.inspect(order, by=campus.A)
    lines = [
        Line("labour", "水暖工", Decimal("1.50"), 6001, "小时"),
        Line("material", "陶瓷阀芯", Decimal("1.00"), 1850, "个"),
        Line("material", "生料带", Decimal("0.50"), 35, "卷"),
        Line("price", "吊装", Decimal("1.00"), 123_456, "次"),
    ]
    return repairs.settle(order, by=campus.settler, lines=lines, payer="department")


@needs_font
def test_a_new_order_on_paper_says_what_was_reported(order, campus) -> None:
    paper = read(order)
    says(paper, "维修工单", order.number, "待受理", "普通", "给排水 / 水龙头漏水", "无人时可以进屋维修")
    says(paper, f"{order.building.name} 101", "卫生间洗手台", campus.A.name, "13900000073", "2026-11-23 12:00（网站）")
    says(paper, "冷水龙头关不紧，一直滴水。", "从昨天晚上开始，地面有积水。", "11月24日上午、11月25日下午")
    says(paper, order.group.name, order.routed_why, "尚未派工", "维修内容（现场填写）", "第 1 页，共 1 页")
    says(paper, f"承诺完工{clock.local(order.finish_due):%Y-%m-%d %H:%M}", "维修工", "验收人", "决算人", "签字")
    assert "\ufffd" not in paper.text
    assert len(paper.pages) == 1
    assert paper.pictures == 3


@needs_font
def test_a_settled_order_on_paper_says_who_did_what_and_what_it_costs(order, campus) -> None:
    order = worked_on(order, campus)
    paper = read(order)
    says(paper, "已决算", f"{campus.W1.name}、{campus.helper.name}", "更换陶瓷阀芯，试水不再滴漏", "1 小时 35 分钟")
    says(paper, "陶瓷阀芯 1 个、生料带 0.5卷", "付款方单位")
    says(paper, "人工水暖工小时1.560.0190.02", "材料生料带卷0.50.350.18", "价目表吊装次11,234.561,234.56")
    assert settlement.totals_fen([order])[order.id] == 9002 + 1850 + 18 + 123_456
    says(paper, "合计1,343.26", f"维修工{campus.W1.name}", f"验收人{campus.A.name}", f"决算人{campus.settler.name}")
    assert "现场填写" not in paper.text
    assert len(paper.pages) == 1
    assert paper.pictures == printing.MOST_PHOTOS
    says(paper, "报修时 2026-11-23 12:00", "完工后 2026-11-23 12:00")


@needs_font
def test_a_rejected_settlement_is_not_on_paper_twice(order, campus) -> None:
    order = repairs.reject_settlement(worked_on(order, campus), by=campus.finance, reason="单价不对")
    order = repairs.settle(order, by=campus.settler, lines=[Line("material", "新阀芯", Decimal(2), 1_000, "个")])
    paper = read(order)
    says(paper, "合计20.00", "付款方学校")
    assert "吊装" not in paper.text


@needs_font
def test_what_people_type_stays_what_they_typed(order) -> None:
    typed = '#panic("x") #set page(fill: red) $x^2$ *b* _i_ @ref <label> `c` // d \\u{4f60} -- ... https://x.cn/#a'
    RepairOrder.update(description=typed, spot="#pagebreak()", work_done='= 标题 #image("/etc/passwd")').execute()
    paper = read(order)
    says(paper, typed, "#pagebreak()", '= 标题 #image("/etc/passwd")')
    assert len(paper.pages) == 1


@needs_font
def test_odd_characters_and_long_texts_are_printed(order) -> None:
    RepairOrder.update(
        description="坏\x07\u200b字符\n" + "很长的描述。" * 160, routed_why="长" * 200, spot="𠮷野家🔧"
    ).execute()
    paper = read(order)
    says(paper, "坏字符", "很长的描述。很长的描述。")
    assert len(paper.pages) == 2


@needs_font
def test_an_order_by_phone_names_the_caller(campus, order) -> None:
    RepairOrder.update(caller="家长张女士", operator=campus.operator, channel="phone").execute()
    says(read(order), f"家长张女士（来电，{campus.operator.name}代报）", "（电话报修）")


@needs_font
def test_what_the_system_did_is_not_signed_by_nobody(order, campus) -> None:
    moment = clock.now()
    RepairOrder.update(status="closed", finished=moment, inspected=moment, settled=moment, work_done="好了").execute()
    says(read(order), "验收人系统", "决算人系统", "本单没有费用", "没有用料")


@needs_font
def test_a_lost_photo_does_not_lose_the_paper(order) -> None:
    lost = photos.for_subject(order)[1]
    obstore.delete(site.photo_store, [photos.key(lost.name, "medium")])
    assert read(order).pictures == 2


@needs_font
def test_the_code_on_the_paper_leads_to_the_order(order, monkeypatch) -> None:
    drawn = []
    monkeypatch.setattr(
        printing, "qr_svg", lambda text: drawn.append(text) or "<svg xmlns='http://www.w3.org/2000/svg'/>"
    )
    read(order)
    assert drawn == [f"{site.url}/repairs/{order.number}"]


@needs_font
def test_paper_asks_few_questions_however_many_work_on_it(order, campus, queries) -> None:
    def asked() -> int:
        with queries() as found:
            printing.work_order_pdf(repairs.joined(RepairOrder.select()).where(RepairOrder.id == order.id).get())
        return len(found)

    worked_on(order, campus)
    few = asked()
    for person in Person.select().where(Person.kind == "worker").limit(6):
        Assignment.get_or_create(order=order, worker=person)
    assert asked() == few
    assert few <= 10


def test_without_a_chinese_font_it_is_said_how_to_get_one(order, monkeypatch) -> None:
    monkeypatch.setattr(printing, "FONTS", ("No Such Font",))
    printing.font_book.cache_clear()
    try:
        with pytest.raises(Refused, match=r"没有中文字体.*apt-get install fonts-noto-cjk"):
            printing.work_order_pdf(order)
    finally:
        printing.font_book.cache_clear()


# --- codes and addresses -------------------------------------------------------------------------------


def dots(svg: str, scale: int) -> set[tuple[int, int]]:
    """The dark modules of a code, (column, row) from its corner with the quiet zone, read from the path."""
    path = re.search(r'stroke="#000" d="([^"]+)"', svg)[1]
    column, row, found = 0, 0.0, set()
    for command, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path):
        if command == "h":
            found |= {(column + step, int(row)) for step in range(int(first))}
            column += int(first)
        else:
            column, row = (int(first), float(second)) if command == "M" else (column + int(first), row + float(second))
    assert f"scale({scale})" in svg
    return found


def test_a_code_shows_its_text_with_a_quiet_zone() -> None:
    text = "http://127.0.0.1:8000/at/NQ3/502"
    matrix = segno.make_qr(text, error="m").matrix
    expected = {(x + 4, y + 4) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}
    svg = printing.qr_svg(text, scale=6)
    assert dots(svg, 6) == expected
    assert f'width="{(len(matrix) + 8) * 6}px"' in svg


def test_a_code_in_a_page_breaks_no_content_policy() -> None:
    svg = printing.qr_svg('"><script>alert(1)</script>')
    assert svg.startswith("<svg ")
    assert 'fill="#fff"' in svg, "a code on a dark page needs its own white"
    assert not re.search(r"style|script|onload|href|data:", svg)


@pytest.mark.parametrize(
    ("number", "path"), [("502", "502"), ("配电 室/1?#", "%E9%85%8D%E7%94%B5%20%E5%AE%A4%2F1%3F%23")]
)
def test_a_door_leads_to_its_room(monkeypatch, number: str, path: str) -> None:
    monkeypatch.setattr(site, "url", "https://hall.example.edu.cn")
    room = Room(building=Building(code="NQ3"), number=number)
    assert printing.door_address(room) == f"https://hall.example.edu.cn/at/NQ3/{path}"
