"""Leaves out the driver of the database that this installation does not have; run.py imports it before all else.

peewee and huey load the driver of PostgreSQL wherever they find it: 7 MB that a hall on SQLite never asks anything.
"""

import os
import sys

if "peewee" not in sys.modules and not os.environ.get("HALL_DATABASE", "").startswith("postgres"):
    sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]  # what Python takes for “not installed”
