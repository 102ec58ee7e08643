# Thin lines over ordinary commands; README names those for people without make.
# Every target makes the environment it needs in .venv, once: the stamp is as new as the requirements.

BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: help book test lab ledger clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1	/' | expand -t 14

book: $(STAMP) ## build the site into _build/html (runs only what changed)
	$(BIN)/python -m theme.build

test: $(STAMP) ## every check and test; ends with one line of totals
	$(BIN)/python -m tests.run

lab: $(STAMP) ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/chapters

ledger: $(STAMP) ## measure the book's numbers again (hours)
	$(BIN)/python -m experiments

clean: ## delete the environment and everything built
	rm -rf _build .venv node_modules tests/js/node_modules

$(STAMP): requirements.txt pyproject.toml
	@python=; for name in $(PYTHON) python3.13 python3.12 python3.11 python3 python python3.14; do \
	  if command -v $$name >/dev/null && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "This book needs Python 3.11 or newer; found $$(python3 --version 2>&1). Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; fi; \
	echo "$$python -m venv .venv"; $$python -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
