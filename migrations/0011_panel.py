from peewee import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)


def up(migrator, db):
    class Building(Model):
        class Meta:
            database = db
            table_name = "building"

    class Department(Model):
        class Meta:
            database = db
            table_name = "department"

    class Event(Model):
        class Meta:
            database = db
            table_name = "event"

    class Person(Model):
        class Meta:
            database = db
            table_name = "person"

    class RepairItem(Model):
        class Meta:
            database = db
            table_name = "repair_item"

    class Question(Model):
        asked_of = CharField(max_length=20)
        about = CharField(max_length=40, default="")
        code = CharField(max_length=30)
        label_text = CharField(max_length=80)
        label_en = CharField(max_length=120, default="")
        hint = CharField(max_length=200, default="")
        hint_en = CharField(max_length=300, default="")
        kind = CharField(max_length=10)
        options = JSONField(default=list)
        required = BooleanField(default=False)
        least = DecimalField(null=True, max_digits=12, decimal_places=2)
        most = DecimalField(null=True, max_digits=12, decimal_places=2)
        unit = CharField(max_length=10, default="")
        only_if = CharField(max_length=30, default="")
        only_if_in = JSONField(default=list)
        position = IntegerField(default=1)
        replaces = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        created = DateTimeField()
        retired = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "question"
            indexes = ((("asked_of", "about", "position"), False),)

    db.create_tables([Question])

    class Answer(Model):
        question = ForeignKeyField(Question, on_delete="RESTRICT")
        subject_type = CharField(max_length=30)
        subject_id = IntegerField()
        value = TextField()
        number = FloatField(null=True)
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "answer"
            indexes = (
                (("subject_type", "subject_id", "question"), True),
                (("question", "number", "subject_id"), False),
            )

    db.create_tables([Answer])

    class Service(Model):
        code = CharField(unique=True, max_length=30)
        position = IntegerField(default=1)
        is_on_front = BooleanField(default=True)
        is_open = BooleanField(default=True)
        version = IntegerField(default=1)
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "service"

    db.create_tables([Service])

    class Team(Model):
        code = CharField(unique=True, max_length=20)
        name = CharField(max_length=40)
        name_en = CharField(max_length=60, default="")
        phone = CharField(max_length=20, default="")

        class Meta:
            database = db
            table_name = "team"

    db.create_tables([Team])

    class Edition(Model):
        service = ForeignKeyField(Service, on_delete="RESTRICT")
        number = IntegerField(default=1)
        state = CharField(max_length=10, default="draft")
        slot = CharField(unique=True, null=True, max_length=40)
        version = IntegerField(default=1)
        name = CharField(max_length=20, default="")
        name_en = CharField(max_length=40, default="")
        text = CharField(max_length=60, default="")
        text_en = CharField(max_length=120, default="")
        intro = TextField(default="")
        intro_en = TextField(default="")
        icon = CharField(max_length=40, default="file-earmark-text")
        audience = JSONField(default=list)
        departments = JSONField(default=list)
        asks_place = BooleanField(default=False)
        team = ForeignKeyField(Team, null=True, on_delete="RESTRICT")
        created = DateTimeField()
        published = DateTimeField(null=True)
        publisher = ForeignKeyField(Person, null=True, on_delete="SET NULL")

        class Meta:
            database = db
            table_name = "edition"
            indexes = ((("service", "number"), True),)

    db.create_tables([Edition])

    class Application(Model):
        number = CharField(unique=True, max_length=20)
        service = ForeignKeyField(Service, on_delete="RESTRICT")
        edition = ForeignKeyField(Edition, on_delete="RESTRICT")
        status = CharField(max_length=20)
        status_name = CharField(max_length=20, default="")
        phase = CharField(index=True, max_length=10, default="open")
        version = IntegerField(default=1)
        applicant = ForeignKeyField(Person, on_delete="RESTRICT")
        phone = CharField(max_length=20, default="")
        building = ForeignKeyField(Building, null=True, on_delete="RESTRICT")
        room_number = CharField(max_length=20, default="")
        team = ForeignKeyField(Team, null=True, on_delete="RESTRICT")
        routed_why = CharField(max_length=200, default="")
        created = DateTimeField(index=True)
        due = DateTimeField(index=True, null=True)
        told_late = DateTimeField(null=True)
        ended = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "application"
            indexes = (
                (("applicant", "id"), False),
                (("team", "phase", "due"), False),
                (("service", "phase", "id"), False),
            )

    db.create_tables([Application])

    class Archived(Model):
        subject_type = CharField(max_length=30)
        subject_id = IntegerField()
        title = CharField(max_length=200, default="")
        person = ForeignKeyField(Person, null=True, on_delete="SET NULL")
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "archived"
            indexes = ((("subject_type", "subject_id"), True),)

    db.create_tables([Archived])

    class DutyContact(Model):
        name = CharField(unique=True, max_length=40)
        phone = CharField(max_length=20, default="")
        person = ForeignKeyField(Person, null=True, on_delete="SET NULL")
        email = CharField(max_length=120, default="")

        class Meta:
            database = db
            table_name = "duty_contact"

    db.create_tables([DutyContact])

    class FrontTile(Model):
        code = CharField(unique=True, max_length=40)
        position = IntegerField(default=1)
        is_shown = BooleanField(default=True)

        class Meta:
            database = db
            table_name = "front_tile"

    db.create_tables([FrontTile])

    class ImportRun(Model):
        person = ForeignKeyField(Person, null=True, on_delete="SET NULL")
        subject_type = CharField(max_length=30)
        file_name = CharField(max_length=120)
        stored = CharField(max_length=60, default="")
        mapping = JSONField(default=dict)
        state = CharField(max_length=10, default="mapping")
        version = IntegerField(default=1)
        total = IntegerField(default=0)
        checked = IntegerField(default=0)
        written = IntegerField(default=0)
        problems = IntegerField(default=0)
        created = DateTimeField()
        ended = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "import_run"

    db.create_tables([ImportRun])

    class Rule(Model):
        name = CharField(unique=True, max_length=60)
        flow = CharField(max_length=20)
        step = CharField(max_length=40, default="")
        conditions = JSONField(default=list)
        action = CharField(max_length=10)
        params = JSONField(default=dict)
        is_on = BooleanField(default=True)
        version = IntegerField(default=1)
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "rule"

    db.create_tables([Rule])

    class Mark(Model):
        subject_type = CharField(max_length=30)
        subject_id = IntegerField()
        text = CharField(max_length=20)
        text_en = CharField(max_length=40, default="")
        rule = ForeignKeyField(Rule, null=True, on_delete="SET NULL")
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "mark"
            indexes = ((("subject_type", "subject_id", "text"), True), (("subject_type", "text", "subject_id"), False))

    db.create_tables([Mark])

    class MonthlyReport(Model):
        month = DateField()
        language = CharField(max_length=5, default="zh")
        name = CharField(unique=True, max_length=40)
        made = DateTimeField()
        person = ForeignKeyField(Person, null=True, on_delete="SET NULL")

        class Meta:
            database = db
            table_name = "monthly_report"
            indexes = ((("month", "language"), True),)

    db.create_tables([MonthlyReport])

    class RuleHit(Model):
        rule = ForeignKeyField(Rule, on_delete="CASCADE")
        event = ForeignKeyField(Event, on_delete="RESTRICT")
        subject_type = CharField(max_length=30)
        subject_id = IntegerField()
        said = CharField(max_length=200, default="")
        at = DateTimeField(index=True)

        class Meta:
            database = db
            table_name = "rule_hit"
            indexes = ((("rule", "event"), True), (("subject_type", "subject_id"), False))

    db.create_tables([RuleHit])

    class SavedView(Model):
        person = ForeignKeyField(Person, on_delete="CASCADE")
        subject_type = CharField(max_length=30)
        name = CharField(max_length=20)
        said = JSONField(default=dict)
        is_shared = BooleanField(default=False)
        position = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "saved_view"
            indexes = ((("person", "subject_type", "name"), True), (("subject_type", "is_shared"), False))

    db.create_tables([SavedView])

    class ServiceRoute(Model):
        edition = ForeignKeyField(Edition, on_delete="CASCADE")
        building = ForeignKeyField(Building, null=True, on_delete="RESTRICT")
        department = ForeignKeyField(Department, null=True, on_delete="RESTRICT")
        question = CharField(max_length=30, default="")
        value = CharField(max_length=40, default="")
        team = ForeignKeyField(Team, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "service_route"

    db.create_tables([ServiceRoute])

    class ServiceState(Model):
        edition = ForeignKeyField(Edition, on_delete="CASCADE")
        position = IntegerField(default=1)
        code = CharField(max_length=20)
        name = CharField(max_length=20)
        name_en = CharField(max_length=40, default="")
        phase = CharField(max_length=10, default="open")
        holder = CharField(max_length=10, default="route")
        team = ForeignKeyField(Team, null=True, on_delete="RESTRICT")
        due_minutes = IntegerField(null=True)
        explain = CharField(max_length=200, default="")
        explain_en = CharField(max_length=300, default="")

        class Meta:
            database = db
            table_name = "service_state"
            indexes = ((("edition", "code"), True),)

    db.create_tables([ServiceState])

    class ServiceStep(Model):
        edition = ForeignKeyField(Edition, on_delete="CASCADE")
        position = IntegerField(default=1)
        code = CharField(max_length=20)
        name = CharField(max_length=20)
        name_en = CharField(max_length=40, default="")
        sources = JSONField(default=list)
        target = CharField(max_length=20)
        taker = CharField(max_length=10, default="holder")
        weight = CharField(max_length=10, default="secondary")
        needs_note = BooleanField(default=False)
        tells_applicant = BooleanField(default=True)
        tells_team = BooleanField(default=False)
        message = CharField(max_length=120, default="")
        message_en = CharField(max_length=160, default="")

        class Meta:
            database = db
            table_name = "service_step"
            indexes = ((("edition", "code"), True),)

    db.create_tables([ServiceStep])

    class Setting(Model):
        code = CharField(unique=True, max_length=60)
        value = JSONField(null=True)
        changed = DateTimeField()

        class Meta:
            database = db
            table_name = "setting"

    db.create_tables([Setting])

    class Skill(Model):
        person = ForeignKeyField(Person, on_delete="CASCADE")
        item = ForeignKeyField(RepairItem, on_delete="CASCADE")
        level = IntegerField(default=2)

        class Meta:
            database = db
            table_name = "skill"
            indexes = ((("person", "item"), True),)

    db.create_tables([Skill])

    class Wording(Model):
        code = CharField(unique=True, max_length=80)
        text = CharField(max_length=300, default="")
        text_en = CharField(max_length=500, default="")
        changed = DateTimeField()

        class Meta:
            database = db
            table_name = "wording"

    db.create_tables([Wording])

    migrator.migrate(migrator.add_column("building", "latitude", FloatField(null=True)))
    migrator.migrate(migrator.add_column("building", "longitude", FloatField(null=True)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("building", "longitude"))
    migrator.migrate(migrator.drop_column("building", "latitude"))
    migrator.migrate(migrator.drop_table("wording"))
    migrator.migrate(migrator.drop_table("skill"))
    migrator.migrate(migrator.drop_table("setting"))
    migrator.migrate(migrator.drop_table("service_step"))
    migrator.migrate(migrator.drop_table("service_state"))
    migrator.migrate(migrator.drop_table("service_route"))
    migrator.migrate(migrator.drop_table("saved_view"))
    migrator.migrate(migrator.drop_table("rule_hit"))
    migrator.migrate(migrator.drop_table("monthly_report"))
    migrator.migrate(migrator.drop_table("mark"))
    migrator.migrate(migrator.drop_table("rule"))
    migrator.migrate(migrator.drop_table("import_run"))
    migrator.migrate(migrator.drop_table("front_tile"))
    migrator.migrate(migrator.drop_table("duty_contact"))
    migrator.migrate(migrator.drop_table("archived"))
    migrator.migrate(migrator.drop_table("application"))
    migrator.migrate(migrator.drop_table("edition"))
    migrator.migrate(migrator.drop_table("team"))
    migrator.migrate(migrator.drop_table("service"))
    migrator.migrate(migrator.drop_table("answer"))
    migrator.migrate(migrator.drop_table("question"))
