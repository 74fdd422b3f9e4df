"""The lists that the boards begin with: kinds of things, what must not be sold, limits. The operator mends them."""

from peewee import BooleanField, CharField, IntegerField, Model, TextField

# code, name, name_en, is_card, is_account_card, keep_days, valuable_days
KINDS = [
    ("campus_card", "校园卡", "Campus card", True, True, 30, 30),
    ("id_card", "身份证", "Identity card", True, False, 30, 30),
    ("bank_card", "银行卡", "Bank card", True, False, 30, 30),
    ("phone", "手机", "Phone", False, False, 180, 365),
    ("computer", "电脑、平板", "Computer or tablet", False, False, 180, 365),
    ("earphones", "耳机、数码配件", "Earphones, gadgets", False, False, 90, 180),
    ("keys", "钥匙", "Keys", False, False, 90, 90),
    ("wallet", "钱包、现金", "Wallet, cash", False, False, 180, 365),
    ("bag", "包、箱", "Bag", False, False, 90, 180),
    ("books", "书本、资料", "Books, papers", False, False, 90, 180),
    ("clothes", "衣物、饰品", "Clothes, jewellery", False, False, 60, 180),
    ("umbrella", "雨伞", "Umbrella", False, False, 30, 90),
    ("bottle", "水杯", "Bottle", False, False, 30, 90),
    ("glasses", "眼镜", "Glasses", False, False, 90, 180),
    ("other", "其他", "Other", False, False, 60, 180),
]
# code, name, name_en, icon
CATEGORIES = [
    ("bicycle", "自行车、代步", "Bicycles", "bicycle"),
    ("computer", "电脑、平板", "Computers, tablets", "laptop"),
    ("phone", "手机", "Phones", "phone"),
    ("electronics", "数码配件", "Electronics", "headphones"),
    ("books", "教材、书籍", "Books", "book"),
    ("dorm", "宿舍用品", "Dormitory", "lamp"),
    ("appliance", "小家电", "Appliances", "plug"),
    ("clothes", "衣物、鞋包", "Clothes", "handbag"),
    ("sports", "运动、户外", "Sports", "trophy"),
    ("music", "乐器", "Instruments", "music-note-beamed"),
    ("tickets", "票券", "Tickets", "ticket-perforated"),
    ("other", "其他", "Other", "box-seam"),
]
# name, words, action, note
BANNED = [
    ("烟草", "香烟;电子烟;烟弹;烟草", "refuse", "烟草和电子烟不得在校园交易"),
    ("酒类", "白酒;洋酒;高度酒", "refuse", "酒类不得在校园交易"),
    ("药品", "处方药;安眠药;抗生素;减肥药", "refuse", "药品只能由有资质的单位销售"),
    ("刀具和仿真枪", "管制刀具;弹簧刀;仿真枪;弩;电击器", "refuse", "管制器具禁止买卖"),
    ("烟花爆竹", "烟花;爆竹;鞭炮", "refuse", "烟花爆竹禁止带入校园"),
    ("违规电器", "热得快;电炉;电热毯;大功率电饭锅", "refuse", "宿舍禁止使用的电器不能转让"),
    ("证件和账号", "身份证;学生证;银行卡;电话卡;游戏账号;实名账号", "refuse", "证件、卡和账号不得买卖或出租"),
    ("代写代考", "代写;代考;替考;代课;答案出售", "refuse", "违反学术规范和校规"),
    ("活体动物", "猫咪;小狗;仓鼠;活体", "hold", "活体动物请先联系宿管和审核员"),
    ("电动车电池", "电动车电池;锂电池组;电瓶", "hold", "改装电池有起火危险，需要人工审核"),
]
# name, least_published, listings_a_day, notices_a_day, talks_a_day
LEVELS = [("新用户", 0, 3, 5, 20), ("普通用户", 3, 6, 8, 40), ("可信用户", 15, 12, 12, 80)]
# name, name_en, note
PLACES = [
    ("食堂门口", "Canteen entrance", "人多、有监控，白天最合适"),
    ("图书馆大厅", "Library hall", "有监控和保安"),
    ("宿舍楼大厅", "Dormitory lobby", "有宿管值班"),
    ("快递站旁", "Parcel station", "晚上九点前有人"),
]


def up(migrator, db):
    class Table(Model):
        class Meta:
            database = db

    class ItemKind(Table):
        code, name, name_en = CharField(), CharField(), CharField()
        is_card, is_account_card = BooleanField(), BooleanField()
        keep_days, valuable_days, announce_days = IntegerField(), IntegerField(), IntegerField()
        position = IntegerField()

        class Meta:
            table_name = "item_kind"

    class ListingCategory(Table):
        code, name, name_en, icon = CharField(), CharField(), CharField(), CharField()
        position = IntegerField()

        class Meta:
            table_name = "listing_category"

    class BannedGoods(Table):
        name, words, action, note = CharField(), TextField(), CharField(), CharField()

        class Meta:
            table_name = "banned_goods"

    class TrustLevel(Table):
        name, least_published = CharField(), IntegerField()
        listings_a_day, notices_a_day, talks_a_day = IntegerField(), IntegerField(), IntegerField()

        class Meta:
            table_name = "trust_level"

    class SafePlace(Table):
        name, name_en, note, position = CharField(), CharField(), CharField(), IntegerField()

        class Meta:
            table_name = "safe_place"

    for at, (code, name, name_en, is_card, is_account_card, keep, valuable) in enumerate(KINDS, start=1):
        days = {"keep_days": keep, "valuable_days": valuable, "announce_days": 30}
        cards = {"is_card": is_card, "is_account_card": is_account_card}
        ItemKind.create(code=code, name=name, name_en=name_en, position=at, **cards, **days)
    for at, (code, name, name_en, icon) in enumerate(CATEGORIES, start=1):
        ListingCategory.create(code=code, name=name, name_en=name_en, icon=icon, position=at)
    for name, words, action, note in BANNED:
        BannedGoods.create(name=name, words=words, action=action, note=note)
    for name, least, listings, notices, talks in LEVELS:
        limits = {"listings_a_day": listings, "notices_a_day": notices, "talks_a_day": talks}
        TrustLevel.create(name=name, least_published=least, **limits)
    for at, (name, name_en, note) in enumerate(PLACES, start=1):
        SafePlace.create(name=name, name_en=name_en, note=note, position=at)


def down(migrator, db):
    for table in ("safe_place", "trust_level", "banned_goods", "listing_category", "item_kind"):
        db.execute_sql(f"DELETE FROM {table}")
