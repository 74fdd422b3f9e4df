"""What a notice says, for comparing: kinds, colours, makes, and pieces of its texts. Plain data and pure functions."""

import re
from collections.abc import Iterable

from hall.folding import normalise
from hall.words import N_

LONGEST = 400  # characters of a text that are compared; what identifies a thing stands at the start

# Kinds that people take for one another, with the words by which a text names them. A word may stand in several.
KINDS = {
    "umbrella": "雨伞 伞 遮阳伞 太阳伞",
    "cup": "水杯 杯子 水壶 水瓶 保温杯 保温壶 随行杯 焖烧杯 太空杯 杯",
    "meal": "饭盒 餐盒 便当盒 餐具 筷子 勺子",
    "card": "校园卡 一卡通 学生卡 饭卡 校卡 学生证 工作证",
    "identity": "身份证 居民身份证 护照 驾驶证",
    "bank": "银行卡 储蓄卡 信用卡 借记卡",
    "earphones": "耳机 蓝牙耳机 耳麦 耳塞 充电仓 airpods",
    "keys": "钥匙 门禁扣 车钥匙",
    "phone": "手机 iphone",
    "power": "充电宝 移动电源",
    "charger": "充电器 充电头 数据线 适配器 充电线",
    "stick": "u盘 优盘 硬盘 存储卡",
    "glasses": "眼镜 墨镜 太阳镜 近视镜",
    "purse": "钱包 钱夹 皮夹 卡包 卡夹 卡套 证件夹",
    "book": "书 课本 教材 图书 词典",
    "notebook": "笔记本 本子 记事本 活页 手账 错题本",
    "pens": "笔袋 文具盒 铅笔盒 文具 钢笔",
    "clothes": "衣物 衣服 外套 上衣 校服 卫衣 羽绒服 夹克 冲锋衣 毛衣 开衫",
    "scarf": "围巾 围脖 披肩",
    "hat": "帽子 鸭舌帽 棒球帽 渔夫帽",
    "watch": "手表 手环 腕表",
    "jewellery": "饰品 项链 手链 戒指 耳环 手串 耳饰 手镯",
    "bag": "背包 书包 双肩包 单肩包 挎包 斜挎包 电脑包 布袋",
    "tablet": "平板 平板电脑 ipad 触控笔 电容笔",
    "computer": "电脑 笔记本电脑 鼠标 键盘 macbook",
    "sport": "球类 篮球 足球 排球 球拍 羽毛球拍 乒乓球拍 网球拍 体育用品",
    "toy": "玩偶 公仔 挂件",
}
# Kinds that say little: what is filed under them may be of any family.
BROAD = frozenset({"", "其他", "其它", "生活用品", "电子产品", "证件", "文具", "衣物", "体育用品", "包", "饰品"})

# A colour is the name of its family; one that lies between two families is in both.
COLOURS = {
    N_("黑色"): "黑 深灰 深蓝 藏青 藏蓝 墨绿",
    N_("白色"): "白 米白 米色 浅色 奶油",
    N_("灰色"): "灰 银",
    N_("银色"): "银 金属色",
    N_("蓝色"): "蓝 藏青 靛",
    N_("红色"): "红 枣红 酒红",
    N_("粉色"): "粉 桃色 玫瑰",
    N_("紫色"): "紫",
    N_("绿色"): "绿 军绿",
    N_("黄色"): "黄 金",
    N_("橙色"): "橙 橘",
    N_("棕色"): "棕 咖啡色 褐 驼色 卡其 土黄 米色 杏色 香槟",
    N_("透明"): "透明",
    N_("格子"): "格子 格纹",
}
# Makes by all their names; the first is the one that is compared.
MAKES = (
    "苹果 apple iphone ipad airpods macbook",
    "华为 huawei freebuds matepad matebook",
    "小米 mi redmi xiaomi 红米",
    "荣耀 honor",
    "三星 samsung galaxy",
    "索尼 sony",
    "联想 lenovo thinkpad",
    "戴尔 dell",
    "罗技 logitech",
    "耐克 nike",
    "阿迪达斯 adidas 阿迪",
    "李宁 lining",
    "安踏 anta",
    "优衣库 uniqlo",
    "无印良品 muji",
    "膳魔师 thermos",
    "象印 zojirushi",
    "星巴克 starbucks",
    "漫步者 edifier",
    "卡西欧 casio",
    "晨光 mg",
    "得力 deli",
    "安克 anker",
    "绿联 ugreen",
    "闪迪 sandisk",
    "金士顿 kingston",
    "尤尼克斯 yonex",
    "天堂 天堂伞",
)
_MAKE = {name: names.split()[0] for names in MAKES for name in names.split()}
_KIND_WORDS = sorted(
    ((word, family) for family, words in KINDS.items() for word in words.split()), key=lambda pair: -len(pair[0])
)
_SHADE_WORDS = [(shade, family) for family, shades in COLOURS.items() for shade in shades.split()]
_FIGURES = str.maketrans("一二三四五六七八九", "123456789")
_LATIN = re.compile(r"[a-z][a-z0-9&\-']*[a-z0-9]|[0-9]+[a-z]+")


def plain(text: str) -> str:
    """The letters and figures of the beginning of `text` as they are compared, 三 as 3."""
    return normalise(text[:LONGEST])[0].translate(_FIGURES)


def pieces(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters in a `plain` text."""
    return frozenset([text[at : at + 2] for at in range(len(text) - 1)])


def families(text: str) -> frozenset[str]:
    """The families of KINDS that `text` names; a longer word takes its characters from the shorter: 水杯, not 杯."""
    rest, found = text[:LONGEST].casefold(), set()
    for word, family in _KIND_WORDS:
        if word in rest:
            found.add(family)
            rest = rest.replace(word, " ")
    return frozenset(found)


def colours(text: str) -> frozenset[str]:
    """The colours that `text` names, by family; 深蓝 is blue and black."""
    start = text[:LONGEST].replace("银行", "")  # a bank is no silver
    return frozenset([family for shade, family in _SHADE_WORDS if shade in start])


def makes(text: str, tags: Iterable[str] = ()) -> frozenset[str]:
    """Makes and Latin words in `text` and `tags`, each make under one name: 苹果, AirPods → 苹果."""
    said = " ".join([text[:LONGEST], *tags]).casefold()
    found = {_MAKE.get(word.replace("-", "").replace("&", ""), word) for word in _LATIN.findall(said)}
    return frozenset(found | {make for name, make in _MAKE.items() if not name.isascii() and name in said})
