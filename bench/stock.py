"""What stands in a filled hall: rows of each kind as people would write them, made up but never twice the same."""

import random
from datetime import datetime, timedelta
from typing import Any

from hall import clock
from models import Building, Department, MaintenanceGroup, Person, RepairItem
from tests import crowd

Row = dict[str, Any]
COMMENTS = 3  # under each thread, beside one reply
COMMON = "热水"  # stands in every tenth thread

PLACES = (
    "一食堂", "二食堂", "清真食堂", "图书馆三楼", "南区浴室", "北区浴室", "西操场", "体育馆", "快递站", "校车站",
    "二教二楼", "实验楼", "研究生公寓", "医务室", "南门", "教学楼连廊", "自习室", "洗衣房", "打印店", "停车棚",
)  # fmt: skip
MATTERS = (
    "排队太久", "热水时有时无", "路灯不亮", "座位不够用", "价格涨了没有说明", "空调温度太低", "卫生没有打扫干净",
    "热水卡不能用", "晚上关门太早", "插座不够", "网络总是断", "噪声影响休息", "门禁刷不开", "饮水机坏了", "地面积水",
    "服务态度很好", "垃圾没有及时清运", "充电桩不够", "标识看不清", "窗户关不严",
)  # fmt: skip
WISHES = (
    "请尽快处理", "希望说明原因", "建议增加一台", "问过值班的老师没有结果", "已经一个星期了", "晚上尤其明显",
    "谢谢后勤的老师", "很多同学都有同感", "能不能延长到十点", "考试周前最好能解决", "希望定期检查", "附近几栋楼都一样",
)  # fmt: skip
ANSWERS = (
    "同学您好，您反映的情况已经收到", "我们到现场核实过", "设备老化是主要原因", "已经安排师傅检修", "配件正在采购",
    "今后每天巡查一次", "给您带来不便请谅解", "有问题可以随时拨打值班电话", "已要求承包单位整改", "下周完成更换",
)  # fmt: skip
TALK = ("同问", "我们楼也是这样", "昨天去看还没有修好", "支持", "已经好了，谢谢", "希望尽快有结果", "周末人更多")
SPOTS = ("卫生间", "阳台", "走廊", "厨房", "三楼水房", "门口", "窗边", "床位上方")
FAULTS = ("水龙头关不紧", "灯管一直闪", "空调不制冷", "门锁打不开", "插座没有电", "下水道堵了", "纱窗破了", "墙面渗水")
SINCE = ("昨晚开始", "今天早上发现", "上周就这样了", "一直滴水", "声音很大", "已经断电", "用盆接着", "请尽快")
ORDERED = {"closed": 80, "reported": 5, "repairing": 5, "finished": 5, "merged": 0.1}
THREADS = {"done": 84, "handling": 8, "answered": 5, "to_forward": 3}
KINDS = {"suggestion": 35, "complaint": 30, "question": 25, "praise": 10}
# What the timetable would else act on while the bench runs.
SOON = timedelta(days=20)


class Stock:
    """Makes the rows; `authors` are students, the same seed gives the same rows."""

    def __init__(self, authors: list[int]) -> None:
        self.chance = random.Random(2026)
        self.authors, self.now = authors, clock.now().replace(microsecond=0)
        self.staff = _ids(Person.select().where(Person.kind == "staff").limit(50))
        self.workers = _ids(Person.select().where(Person.kind == "worker").limit(40))
        self.departments = _ids(Department.select())
        self.buildings, self.groups = _ids(Building.select()), _ids(MaintenanceGroup.select())
        self.items = _ids(RepairItem.select().where(RepairItem.parent.is_null(False)))

    def order(self, place: int, moment: datetime) -> Row:
        """A repair order, most of them over."""
        chance, status = self.chance, _some(self.chance, ORDERED)
        return {
            "number": f"BX{place:010d}",
            "status": status,
            "created": moment,
            "reporter": chance.choice(self.authors),
            "phone": "13900000001",
            "building": chance.choice(self.buildings),
            "room_number": str(chance.randrange(101, 640)),
            "item": chance.choice(self.items),
            "group": chance.choice(self.groups),
            "worker": chance.choice([None, *self.workers]),
            "description": f"{chance.choice(SPOTS)}{chance.choice(FAULTS)}，{chance.choice(SINCE)}",
            "finished": self.now if status == "finished" else None,
        }

    def thread(self, place: int, moment: datetime) -> Row:
        """A published thread; most were answered and rated."""
        chance, status = self.chance, _some(self.chance, THREADS)
        title = f"{chance.choice(PLACES)}{chance.choice(MATTERS)}，{chance.choice(WISHES)}"
        more = (f"{chance.choice(PLACES)}{chance.choice(MATTERS)}，{chance.choice(WISHES)}。" for _each in range(5))
        is_forwarded = status != "to_forward"
        return {
            "number": f"JD{place:010d}",
            "kind": _some(chance, KINDS),
            "status": status,
            "moderation": "published",
            "title": title,
            "text": f"{title}。{''.join(list(more)[: chance.randint(1, 5)])}",
            "author": chance.choice(self.authors),
            "shown_as": chance.choice(["role", "role", "name"]),
            "department": chance.choice(self.departments) if is_forwarded else None,
            "created": moment - timedelta(hours=3),
            "published": moment,
            "forwarded": moment + timedelta(minutes=5) if is_forwarded else None,
            "handler": chance.choice(self.staff) if is_forwarded else None,
            "due": self.now + SOON,
            "answered": self.now if status in ("done", "answered") else None,
            "done": moment + timedelta(days=4) if status == "done" else None,
            "score": chance.choice([5, 5, 3, 1]) if status == "done" else None,
            "supports": int(chance.expovariate(1 / 6)),
        }

    def reply(self, thread: Row) -> Row:
        """The department's reply to a thread."""
        said = "，".join(self.chance.sample(ANSWERS, self.chance.randint(3, 6)))
        department = thread["department"] or self.departments[0]
        return self._under(thread, timedelta(days=2), said + "。", self.staff) | {"department": department}

    def comment(self, thread: Row, number: int) -> Row:
        """A follow-up of somebody."""
        said = "，".join(self.chance.sample(TALK, self.chance.randint(1, 3)))
        return self._under(thread, timedelta(hours=5 * (number + 1)), said, self.authors)

    def _under(self, thread: Row, later: timedelta, text: str, authors: list[int]) -> Row:
        moment = thread["published"] + later
        about = {"text": text, "author": self.chance.choice(authors), "moderation": "published"}
        return about | {"created": moment - timedelta(hours=1), "published": moment}

    def listing(self, place: int, moment: datetime) -> Row:
        """A listing of the market; what is on sale stays so while the bench runs."""
        row = crowd.listing(self.chance, self.authors, (place + 3, moment))
        return row | {"number": f"ES{place:010d}", "expires": self.now + SOON}

    def notice(self, place: int, moment: datetime) -> Row:
        """A notice of lost and found."""
        row = crowd.notice(self.chance, self.authors, (place + 3, moment)) | {"number": f"SW{place:010d}"}
        # Columns that are empty in every row would mislead the databases, which count what is in them.
        owner, claimant = (self.chance.choice(self.authors) for _each in range(2))
        row["card_owner"] = owner if row["kind"] == "found" and place % 20 == 0 else None
        row["claimant"] = claimant if row["kind"] == "found" and row["status"] == "returned" else None
        return row


def _ids(rows: Any) -> list[int]:
    return [row.id for row in rows]


def _some(chance: random.Random, of: dict[str, Any]) -> str:
    return chance.choices(list(of), list(of.values()))[0]
