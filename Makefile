# Every target sets up what it needs; the first one to run makes .venv.

PYTHON ?= python3
VENV := .venv/bin/python
SERVERS := $(VENV) -m dev.servers --

.DEFAULT_GOAL := help
.PHONY: help setup setup-run demo demo-reset journey test properties lint check schema bench soak fmt

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: ## make .venv and install everything, tools included
	@$(PYTHON) -m dev.setup_env dev

setup-run: # what the demo needs; half the time
	@$(PYTHON) -m dev.setup_env run

demo: setup-run ## run the whole system here until Ctrl-C (DEMO_WEB_PORT, DEMO_SIM_PORT)
	@$(VENV) -m dev.demo

demo-reset: setup-run ## forget the demo's data
	@$(VENV) -m dev.demo reset

journey: setup-run ## play the whole story over HTTP on a throwaway system
	@$(VENV) -m dev.journey

test: setup ## run the tests on real servers; ARGS="tests/domain -x" goes to pytest
	@$(SERVERS) $(VENV) -m dev.tests $(ARGS)

properties: setup ## deliver generated histories in any way, as the nightly run does; HISTORIES=2000
	@HISTORIES=$(or $(HISTORIES),2000) $(SERVERS) $(VENV) -m dev.tests tests/properties --timeout=0

lint: setup ## format, lint, import contracts, types
	@$(VENV) -m ruff format --check .
	@$(VENV) -m ruff check .
	@.venv/bin/lint-imports
	@$(SERVERS) $(VENV) -m mypy

check: lint ## lint, then missing migrations, then the tests
	@$(SERVERS) $(VENV) manage.py makemigrations --settings tests.settings --check --dry-run
	@$(MAKE) --no-print-directory test

schema: setup ## write docs/openapi.yaml anew, after a change of the API
	@$(VENV) manage.py spectacular --settings tests.settings --validate --fail-on-warn --file docs/openapi.yaml

bench: setup ## measure, beside what it is compared to; NAME=send_rate runs those of that name
	@$(VENV) -m dev.servers --durable -- $(VENV) -m bench $(NAME)

soak: setup ## send for a while among kills and faults, then compare; MINUTES=10
	@$(VENV) -m dev.servers --durable -- $(VENV) -m bench.soak $(if $(MINUTES),--minutes $(MINUTES))

fmt: setup ## format the code and mend what ruff can mend
	@$(VENV) -m ruff check --fix-only .
	@$(VENV) -m ruff format .
