from peewee import (
    SQL,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
    TimeField,
)


def up(migrator, db):
    class Department(Model):
        code = CharField(unique=True, max_length=20)
        name = CharField(max_length=60)

        class Meta:
            database = db
            table_name = "department"

    db.create_tables([Department])

    class Campus(Model):
        name = CharField(unique=True, max_length=40)

        class Meta:
            database = db
            table_name = "campus"

    db.create_tables([Campus])

    class Building(Model):
        code = CharField(unique=True, max_length=20)
        campus = ForeignKeyField(Campus, on_delete="RESTRICT")
        name = CharField(unique=True, max_length=60)
        kind = CharField(index=True, max_length=20)
        floors = IntegerField(default=0)
        aliases = TextField(default="")

        class Meta:
            database = db
            table_name = "building"

    db.create_tables([Building])

    class Room(Model):
        building = ForeignKeyField(Building, on_delete="RESTRICT")
        number = CharField(index=True, max_length=20)
        floor = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "room"
            indexes = ((("building", "number"), True),)

    db.create_tables([Room])

    class Bed(Model):
        room = ForeignKeyField(Room, on_delete="RESTRICT")
        number = CharField(max_length=10)

        class Meta:
            database = db
            table_name = "bed"
            indexes = ((("room", "number"), True),)

    db.create_tables([Bed])

    class Person(Model):
        number = CharField(unique=True, max_length=20)
        name = CharField(index=True, max_length=40)
        kind = CharField(index=True, max_length=10)
        department = ForeignKeyField(Department, null=True, on_delete="RESTRICT")
        phone = CharField(max_length=20, default="")
        bed = ForeignKeyField(Bed, unique=True, null=True, on_delete="SET NULL")
        is_closed = BooleanField(default=False)
        password_hash = CharField(max_length=200, default="")
        initial_hash = CharField(max_length=64, default="")
        initial_expires = DateTimeField(null=True)
        initial_failures = IntegerField(default=0)
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "person"

    db.create_tables([Person])

    class RepairItem(Model):
        code = CharField(unique=True, max_length=20)
        parent = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        name = CharField(max_length=40)
        priority = CharField(max_length=10, default="普通")
        respond_minutes = IntegerField(default=1440)
        finish_minutes = IntegerField(default=4320)
        needs_review = BooleanField(default=False)
        warranty_days = IntegerField(default=30)
        tip = TextField(default="")
        emergency = TextField(default="")

        class Meta:
            database = db
            table_name = "repair_item"

    db.create_tables([RepairItem])

    class MaintenanceGroup(Model):
        code = CharField(unique=True, max_length=20)
        name = CharField(max_length=40)
        campus = ForeignKeyField(Campus, null=True, on_delete="RESTRICT")
        phone = CharField(max_length=20, default="")

        class Meta:
            database = db
            table_name = "maintenance_group"

    db.create_tables([MaintenanceGroup])

    class RepairOrder(Model):
        number = CharField(unique=True, max_length=20)
        status = CharField(index=True, max_length=20)
        version = IntegerField(default=1)
        came_from = CharField(max_length=20, default="")
        created = DateTimeField(index=True)
        reporter = ForeignKeyField(Person, on_delete="RESTRICT")
        operator = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        caller = CharField(max_length=40, default="")
        channel = CharField(max_length=10, default="web")
        phone = CharField(max_length=20)
        building = ForeignKeyField(Building, on_delete="RESTRICT")
        room_number = CharField(max_length=20, default="")
        spot = CharField(max_length=60, default="")
        item = ForeignKeyField(RepairItem, on_delete="RESTRICT")
        priority = CharField(index=True, max_length=10, default="普通")
        description = TextField()
        wished_visits = JSONField(default=list)
        entry = CharField(max_length=10, default="knock")
        group = ForeignKeyField(MaintenanceGroup, on_delete="RESTRICT")
        routed_why = CharField(max_length=200, default="")
        hops = IntegerField(default=0)
        worker = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        visit_from = DateTimeField(null=True)
        visit_until = DateTimeField(null=True)
        respond_due = DateTimeField(null=True)
        finish_due = DateTimeField(index=True, null=True)
        hold_reason = CharField(max_length=20, default="")
        held_at = DateTimeField(null=True)
        held_until = DateTimeField(null=True)
        responded = DateTimeField(null=True)
        finished = DateTimeField(null=True)
        inspected = DateTimeField(null=True)
        settled = DateTimeField(null=True)
        closed = DateTimeField(null=True)
        rated = DateTimeField(null=True)
        followed_up = DateTimeField(null=True)
        urged = DateTimeField(null=True)
        told_late = DateTimeField(null=True)
        work_done = TextField(default="")
        materials = JSONField(default=list)
        nothing_spent = BooleanField(default=False)
        labour_minutes = IntegerField(default=0)
        reworks = IntegerField(default=0)
        inspector = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        settler = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        payer = CharField(max_length=20, default="")
        main = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        origin = ForeignKeyField("self", null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "repair_order"
            indexes = (
                (("reporter", "id"), False),
                (("group", "status", "id"), False),
                (("building", "room_number", "status"), False),
                (("status", "finish_due"), False),
                (("status", "finished"), False),
            )

    db.create_tables([RepairOrder])

    class Assignment(Model):
        order = ForeignKeyField(RepairOrder, on_delete="RESTRICT")
        worker = ForeignKeyField(Person, on_delete="RESTRICT")
        active = BooleanField(default=True)

        class Meta:
            database = db
            table_name = "assignment"
            indexes = ((("order", "worker"), True),)

    db.create_tables([Assignment])

    class CalendarPeriod(Model):
        name = CharField(max_length=60)
        kind = CharField(max_length=10)
        starts = DateField(index=True)
        ends = DateField(index=True)
        building = ForeignKeyField(Building, null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "calendar_period"

    db.create_tables([CalendarPeriod])

    class Counter(Model):
        name = CharField(unique=True, max_length=40)
        value = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "counter"

    db.create_tables([Counter])

    class DailyRoot(Model):
        day = DateField(unique=True)
        events = IntegerField()
        hash = CharField(max_length=64)

        class Meta:
            database = db
            table_name = "daily_root"

    db.create_tables([DailyRoot])

    class Event(Model):
        subject_type = CharField(max_length=30)
        subject_id = IntegerField()
        seq = IntegerField()
        name = CharField(max_length=40)
        label_text = CharField(max_length=40)
        actor = ForeignKeyField(Person, null=True, on_delete="SET NULL")
        actor_name = CharField(max_length=40, default="")
        actor_role = CharField(max_length=30, default="")
        at = DateTimeField()
        source = CharField(max_length=20, default="")
        target = CharField(max_length=20, default="")
        details = JSONField(default=dict)
        once = CharField(unique=True, null=True, max_length=64)
        previous_hash = CharField(max_length=64)
        hash = CharField(max_length=64)
        announced = DateTimeField(index=True, null=True)

        class Meta:
            database = db
            table_name = "event"
            indexes = ((("subject_type", "subject_id", "seq"), True),)

    db.create_tables([Event])

    class Grant(Model):
        person = ForeignKeyField(Person, on_delete="CASCADE")
        role = CharField(index=True, max_length=30)
        scope = CharField(max_length=20, default="")
        granted = DateTimeField()

        class Meta:
            database = db
            table_name = "grant"
            indexes = ((("person", "role", "scope"), True),)

    db.create_tables([Grant])

    class Notification(Model):
        person = ForeignKeyField(Person, on_delete="CASCADE")
        event = ForeignKeyField(Event, on_delete="RESTRICT")
        text = CharField(max_length=200)
        link = CharField(max_length=200, default="")
        created = DateTimeField()
        read = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "notification"
            indexes = ((("person", "event"), True), (("person", "read"), False))

    db.create_tables([Notification])

    class OrderFollower(Model):
        order = ForeignKeyField(RepairOrder, on_delete="RESTRICT")
        person = ForeignKeyField(Person, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "order_follower"
            indexes = ((("order", "person"), True),)

    db.create_tables([OrderFollower])

    class Photo(Model):
        name = CharField(unique=True, max_length=40)
        subject_type = CharField(max_length=30)
        subject_id = IntegerField()
        purpose = CharField(max_length=20, default="before")
        owner = ForeignKeyField(Person, null=True, on_delete="SET NULL")
        width = IntegerField()
        height = IntegerField()
        size = IntegerField()
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "photo"
            indexes = ((("subject_type", "subject_id"), False), (("owner", "created"), False))

    db.create_tables([Photo])

    class PriceBookEntry(Model):
        code = CharField(unique=True, max_length=20)
        name = CharField(max_length=60)
        kind = CharField(max_length=10, default="price")
        unit = CharField(max_length=10, default="个")
        price_fen = IntegerField(default=0, constraints=[SQL("CHECK (price_fen >= 0)")])

        class Meta:
            database = db
            table_name = "price_book_entry"

    db.create_tables([PriceBookEntry])

    class Rating(Model):
        order = ForeignKeyField(RepairOrder, unique=True, on_delete="RESTRICT")
        speed = IntegerField(constraints=[SQL("CHECK (speed BETWEEN 1 AND 5)")])
        quality = IntegerField(constraints=[SQL("CHECK (quality BETWEEN 1 AND 5)")])
        manner = IntegerField(constraints=[SQL("CHECK (manner BETWEEN 1 AND 5)")])
        text = TextField(default="")
        added = TextField(default="")
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "rating"

    db.create_tables([Rating])

    class RoutingRule(Model):
        campus = ForeignKeyField(Campus, null=True, on_delete="RESTRICT")
        kind = CharField(max_length=20, default="")
        building = ForeignKeyField(Building, null=True, on_delete="RESTRICT")
        item = ForeignKeyField(RepairItem, null=True, on_delete="RESTRICT")
        group = ForeignKeyField(MaintenanceGroup, on_delete="RESTRICT")
        place_and_item = CharField(unique=True, max_length=80)

        class Meta:
            database = db
            table_name = "routing_rule"

    db.create_tables([RoutingRule])

    class ServiceHours(Model):
        season = CharField(max_length=10)
        weekday = IntegerField()
        opens = TimeField()
        closes = TimeField()

        class Meta:
            database = db
            table_name = "service_hours"
            indexes = ((("season", "weekday", "opens"), True),)

    db.create_tables([ServiceHours])

    class SettlementLine(Model):
        order = ForeignKeyField(RepairOrder, on_delete="RESTRICT")
        round = IntegerField(default=1)
        kind = CharField(max_length=10)
        entry = ForeignKeyField(PriceBookEntry, null=True, on_delete="RESTRICT")
        name = CharField(max_length=60)
        unit = CharField(max_length=10, default="")
        quantity = DecimalField(decimal_places=2, constraints=[SQL("CHECK (CAST(quantity AS REAL) > 0)")])
        price_fen = IntegerField(constraints=[SQL("CHECK (price_fen >= 0)")])
        amount_fen = IntegerField(constraints=[SQL("CHECK (amount_fen >= 0)")])

        class Meta:
            database = db
            table_name = "settlement_line"

    db.create_tables([SettlementLine])

    class SignIn(Model):
        token_hash = CharField(unique=True, max_length=64)
        person = ForeignKeyField(Person, on_delete="CASCADE")
        created = DateTimeField()
        last_seen = DateTimeField()
        expires = DateTimeField()
        ended = DateTimeField(null=True)
        address = CharField(max_length=45, default="")
        device = CharField(max_length=200, default="")

        class Meta:
            database = db
            table_name = "sign_in"

    db.create_tables([SignIn])

    class SignInFailure(Model):
        number = CharField(index=True, max_length=40)
        address = CharField(max_length=45)
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "sign_in_failure"
            indexes = ((("address", "at"), False),)

    db.create_tables([SignInFailure])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("sign_in_failure"))
    migrator.migrate(migrator.drop_table("sign_in"))
    migrator.migrate(migrator.drop_table("settlement_line"))
    migrator.migrate(migrator.drop_table("service_hours"))
    migrator.migrate(migrator.drop_table("routing_rule"))
    migrator.migrate(migrator.drop_table("rating"))
    migrator.migrate(migrator.drop_table("price_book_entry"))
    migrator.migrate(migrator.drop_table("photo"))
    migrator.migrate(migrator.drop_table("order_follower"))
    migrator.migrate(migrator.drop_table("notification"))
    migrator.migrate(migrator.drop_table("grant"))
    migrator.migrate(migrator.drop_table("event"))
    migrator.migrate(migrator.drop_table("daily_root"))
    migrator.migrate(migrator.drop_table("counter"))
    migrator.migrate(migrator.drop_table("calendar_period"))
    migrator.migrate(migrator.drop_table("assignment"))
    migrator.migrate(migrator.drop_table("repair_order"))
    migrator.migrate(migrator.drop_table("maintenance_group"))
    migrator.migrate(migrator.drop_table("repair_item"))
    migrator.migrate(migrator.drop_table("person"))
    migrator.migrate(migrator.drop_table("bed"))
    migrator.migrate(migrator.drop_table("room"))
    migrator.migrate(migrator.drop_table("building"))
    migrator.migrate(migrator.drop_table("campus"))
    migrator.migrate(migrator.drop_table("department"))
