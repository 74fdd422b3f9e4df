"""What people of the demo say: faults and works from words/*.csv, and the short phrases in between."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parent / "words"


@dataclass(frozen=True)
class Fault:
    """What a reporter says. `at` is the sort of place (demo/cast.py), `picture` a drawing (demo/pictures.py)."""

    item: str
    at: str
    spot: str
    words: str
    picture: str


@dataclass(frozen=True)
class Work:
    """What a worker did: `materials` one a line as the form takes them, `minutes` of labour."""

    done: str
    materials: str
    minutes: int


def rows(name: str) -> list[dict[str, str]]:
    """The rows of words/<name>.csv."""
    with (WORDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def faults() -> dict[str, list[Fault]]:
    """All faults by the code of their item."""
    found: dict[str, list[Fault]] = {}
    for row in rows("reports"):
        found.setdefault(row["item"], []).append(Fault(**row))
    return found


@cache
def works() -> dict[str, list[Work]]:
    """All works by the code of their item."""
    found: dict[str, list[Work]] = {}
    for row in rows("works"):
        materials = row["materials"].replace("|", "\n")
        found.setdefault(row["item"], []).append(Work(row["done"], materials, int(row["minutes"])))
    return found


# How often an item breaks in September, in October and from November on.
SEASONS = {
    "S01": (9, 9, 9), "S02": (5, 5, 5), "S03": (6, 6, 5), "S04": (2, 2, 3), "S05": (4, 5, 6), "S06": (5, 4, 4),
    "D01": (9, 9, 10), "D02": (6, 6, 6), "D03": (3, 2, 3), "D04": (2, 2, 2), "D05": (8, 2, 0), "D06": (2, 3, 4),
    "N01": (0, 1, 14), "N02": (0, 0, 5), "K01": (12, 3, 4), "K02": (8, 2, 1), "K03": (4, 2, 1), "K04": (2, 2, 1),
    "W01": (6, 5, 5), "W02": (3, 4, 6), "W03": (2, 2, 3), "W04": (5, 2, 1), "W05": (4, 3, 2),
    "M01": (5, 3, 2), "M02": (5, 4, 3), "M03": (4, 3, 2), "T01": (3, 2, 2), "T02": (2, 2, 2), "T03": (2, 2, 2),
    "T04": (2, 2, 1), "E01": (1, 1, 1), "E02": (2, 2, 2), "R01": (7, 5, 4), "R02": (2, 2, 2), "R03": (1, 1, 1),
    "J01": (5, 5, 4), "J02": (2, 1, 1), "J03": (3, 3, 2), "X01": (1, 1, 1), "X02": (1, 1, 1), "O01": (3, 3, 3),
}  # fmt: skip

SEND_BACK = [
    "请补充具体位置和一张照片，师傅好带合适的配件",
    "请说明是哪个床位旁边的，最好拍一下型号",
    "联系电话打不通，请核对后重新提交",
    "描述和项目对不上，请确认是不是选错了项目",
]
ADDED = ["补充：靠门的这一侧，照片里红圈的位置。", "补充：型号贴在侧面，已经拍照。", "补充：电话已经改正，下午都在。"]
DECLINES = [
    ("not_ours", "个人购置的电器不在维修范围，建议联系售后"),
    ("not_found", "到场检查未发现故障，和报修人当面确认使用正常"),
    ("duplicate", "同一处故障已有在办的报修单，请看那一张的进度"),
    ("warranty", "设备还在质保期，已通知供应商两个工作日内上门"),
    ("not_ours", "该区域正在改造施工，由施工单位负责，已转告"),
]
WITHDRAWS = ["自己好了，不用来了", "舍友已经报过了", "选错项目，重新报一次", "同学帮忙弄好了", ""]
TRANSFERS = {
    "S": ("TJ", "现场看是防水层的问题，需要土建处理"),
    "D": ("RD", "是弱电线路，不归照明"),
    "N": ("TJ", "管道没有问题，是墙体渗水"),
    "K": ("DG2", "空调本身正常，是插座没有电"),
    "W": ("MG", "门框变形，需要木工先修门框"),
    "M": ("WJ", "是五金件的问题，由门窗五金组更换"),
    "T": ("SN2", "渗水来自楼上管道，先修水管"),
    "R": ("DG2", "机柜没有供电，请电工先处理"),
    "J": ("RD", "设备正常，是网络不通"),
    "X": ("DG1", "是照明回路跳闸"),
    "E": ("DG1", "电梯正常，是配电箱跳闸"),
}
FROM_CENTRE = {"S": "SN1", "D": "DG1", "J": "RD", "O": "MG", "T": "TJ", "N": "SN1"}
REFUSALS = ["今天有三处抢修，排不开，请改派", "需要登高车，我没有登高证", "配件不在我这边仓库，请二组处理"]
HOLDS = [
    ("materials", "配件要从厂家订，预计三天到货"),
    ("materials", "仓库没有这个型号，已经申请采购"),
    ("absent", "敲门没有人，电话也没有接，明天再来"),
    ("contractor", "需要厂家工程师到场"),
    ("approval", "更换费用较高，等学院确认"),
    ("absent", "房间正在上课，约了下课以后"),
]
ASKS = [
    "请问师傅大概什么时候能来？下午四点以后宿舍都有人。",
    "现在比报修的时候更严重了，麻烦尽快。",
    "如果没人，可以请宿管阿姨开门。",
    "刚才又试了一次，还是一样。",
    "明天上午有课，中午十二点到一点半在。",
]
REPLIES = [
    "收到，带好配件就过去。",
    "前面一家还没修完，大概晚一个小时到。",
    "配件已经到仓库，明天一早上门。",
    "好的，上门前给您打电话。",
]
REWORKS = [
    "修好当天没事，第二天又和原来一样了",
    "还有一处没有处理到，和报修的时候一样",
    "换上的配件不合适，用起来还是有问题",
    "用了两个小时又坏了，麻烦再看一下",
]
REJECTS = [
    "材料数量和完工记录不一致，请核对",
    "付款方应为学院，请更正",
    "单价和价目表不一致",
    "人工工时填多了，请按完工记录",
]
VISITS = {
    "satisfied": ["报修人说修得很好，态度也好", "已经完全正常，没有意见", "师傅讲解了使用方法，很满意"],
    "neutral": ["修好了，就是等的时间有点长", "可以用，希望以后提前打电话", "基本满意，地面没有收拾干净"],
    "dissatisfied": ["报修人说又出现同样的问题，希望尽快再来", "只修了一半，另外一处没有处理"],
}
# By the mean of the stars, from 5 down.
PRAISE = {
    5: [
        "师傅来得很快，修得也仔细，谢谢",
        "超出预期，半小时就好了",
        "进门穿鞋套，走之前还把地擦了",
        "讲得很清楚，点赞",
        "",
        "",
    ],
    4: ["总体不错，谢谢师傅", "修好了，就是约的时间晚了一点", "挺好的", ""],
    3: ["等了三天，修还是修好了", "中间换了一次人，又说了一遍情况", ""],
    2: ["来了两次才修好，希望配件带齐", "一直没人打电话，不知道什么时候来"],
    1: ["拖了一个多星期，催了才来", "修完第二天又坏"],
}
PRAISE_ADDED = ["用了一个星期，一切正常", "过了几天又有点响，不过能用", "后来又来检查了一次，很负责"]
CALLERS = ["王老师", "李师傅（保洁）", "张阿姨（一楼宿管）", "后勤值班室", "刘老师"]
