# Everything runs from .venv, made on first use. `make help` lists the targets.
# Other Python: make PYTHON=/path/to/python3 …   More arguments: make run ARGS='--port 8001'

# The first Python that is new enough; macOS's own python3 is older than one installed beside it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
LOCK = uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --no-header --no-annotate

export PIP_ROOT_USER_ACTION = ignore

.PHONY: help install run test browser screenshots check bench drills simulate lock
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/installed-dev ## make .venv with everything that running, testing and checking need

run: $(VENV)/installed-run ## serve on http://127.0.0.1:8000, with invented people and places in an empty database
	@exec $(BIN)/matcher up $(ARGS)

test: $(VENV)/installed-dev ## every test but the browser's, against SQLite, PostgreSQL and Valkey
	@$(BIN)/python -m pytest -m 'not browser' -n 2 --dist worksteal $(ARGS)

browser: $(VENV)/installed-dev ## the browser tests, with the system's Chromium
	@$(BIN)/python -m pytest -m browser -n 2 --dist worksteal $(ARGS)

drills: $(VENV)/installed-dev ## faults on a whole Matcher: nothing lost, nothing twice (ARGS='--quick --json FILE --only 1,5')
	@$(BIN)/python -m tests.drills $(ARGS)

screenshots: $(VENV)/installed-dev ## pictures of every page into docs/screenshots
	@PYTHONPATH=. $(BIN)/python scripts/screenshots.py

check: $(VENV)/installed-dev ## style, types, import contracts, migrations, OpenAPI
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/matcher db check
	$(BIN)/matcher openapi --check

simulate: $(VENV)/installed-scale ## the production rules on invented people; ARGS='--quick --json FILE' for a short run
	@exec $(BIN)/matcher simulate $(ARGS)

bench: $(VENV)/installed-dev ## side by side with what one would pick instead; ARGS='--quick --json FILE'
	@$(BIN)/python -m benchmarks $(ARGS)

lock: ## choose versions anew within pyproject.toml (UPGRADE=1: the newest); needs uv
	@command -v uv >/dev/null || { echo "make lock needs uv: $(BIN)/python -m pip install uv, then put it on PATH"; exit 1; }
	$(LOCK) $(if $(UPGRADE),--upgrade) --all-extras pyproject.toml requirements/build.in -o $(VENV)/all.txt
	$(LOCK) --generate-hashes -c $(VENV)/all.txt pyproject.toml requirements/build.in -o requirements/run.txt
	$(LOCK) --generate-hashes -c $(VENV)/all.txt --extra test --extra check --extra scale --extra bench pyproject.toml requirements/build.in -o requirements/dev.txt
	$(LOCK) --generate-hashes -c $(VENV)/all.txt --extra scale pyproject.toml requirements/build.in -o requirements/scale.txt

# A stamp newer than the lock and pyproject.toml means that nothing has to be installed.
$(VENV)/installed-%: requirements/%.txt pyproject.toml scripts/venv.py
	@command -v "$(PYTHON)" >/dev/null || \
		{ echo "Matcher needs Python 3.11 or newer. Install it, or say: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) scripts/venv.py $(VENV)
	@echo "Installing requirements/$*.txt (about a minute the first time)"
	@$(PIP) install --require-hashes -r requirements/$*.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@$(BIN)/python -m compileall -q matcher # so that each start is quick, even where Python may not write
	@touch $(VENV)/installed-run $@
