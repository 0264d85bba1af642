PYTHON ?= python3
VENV ?= .venv
OLDEST ?= .venv-oldest

.PHONY: demo test test-oldest check format clean

demo: $(VENV)/.installed  ## Set up, and score the tiny CLIP on the sample.
	$(VENV)/bin/dci eval

test: $(VENV)/.installed  ## Set up, and pass the tests.
	$(VENV)/bin/python -m pytest -n auto

test-oldest: $(OLDEST)/.installed  ## The same tests with the oldest datasets and transformers that are supported.
	$(OLDEST)/bin/python -m pytest -n auto

check: $(VENV)/.installed  ## Format, lint, types and tests.
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(MAKE) test

format: $(VENV)/.installed
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

$(VENV)/.installed: setup.cfg constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install -q -e '.[dev]' -c constraints.txt
	touch $@

$(OLDEST)/.installed: setup.cfg constraints-oldest.txt
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install -q -e '.[dev]' -c constraints-oldest.txt
	touch $@

clean:
	rm -rf $(VENV) $(OLDEST) *.egg-info
