.DELETE_ON_ERROR:
VENV := .venv
BIN := $(VENV)/bin
ENGLISH := translations/en/LC_MESSAGES/messages
# The first Python on the path that is new enough.
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.PHONY: run test check migration messages pictures clean

run: $(VENV)/run.stamp $(ENGLISH).mo
	@exec $(BIN)/python run.py serve

test: check $(ENGLISH).mo
	$(BIN)/python -m pytest -n 2

check: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# make migration              writes the step from the database as it is to the models
# make migration FIRST=1      writes 0001 anew (only before the first release)
migration: $(VENV)/test.stamp
	$(BIN)/python run.py make-migration $(if $(FIRST),--first) $(NAME)
	$(BIN)/ruff check --quiet --fix migrations
	$(BIN)/ruff format --quiet migrations

# make messages               brings the English catalogue up to the code and names what has no English yet
messages: $(VENV)/run.stamp
	@$(BIN)/python -m translations.catalogue

# make pictures               draws the contact sheet of the README, the pictures of the guides and of docs/operator anew
pictures: $(VENV)/test.stamp $(ENGLISH).mo
	@$(BIN)/python -m docs.guide_pictures
	@$(BIN)/python -m docs.operator_pictures
	@$(BIN)/python -m docs.pictures

$(ENGLISH).mo: $(ENGLISH).po | $(VENV)/run.stamp
	@$(BIN)/pybabel -q compile -d translations

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (with its venv module) and none was found on the path."; exit 1; }
	@echo "Making the environment in $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/python
	@echo "Installing what requirements.txt names; this takes a minute the first time"
	@$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Installing what requirements-dev.txt names"
	@$(PIP) install -r requirements-dev.txt
	@touch $@
