# Each target makes .venv by itself when it is missing or the lock has changed.
BIN := .venv/bin
READY := .venv/.ready
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without compiled modules every one of many short-lived processes compiles pandas again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check accept lab bench lock

demo: $(READY)  ## the worked case becomes reports
	$(BIN)/piaskit report data/marketplace --out reports/marketplace

# What the tests of one file share is made once: each file stays with one worker.
test: $(READY)  ## the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile -q

check: $(READY)  ## style, types, layers, notebooks, forbidden words
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/tidy.py

accept: $(READY)  ## the slow and the heavy: ROWS=a,b limits it
	$(BIN)/python -m accept $(if $(ROWS),--rows $(ROWS))

lab: $(READY)  ## JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

bench: $(READY)  ## measurements, one file each
	@set -e; for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py); done

lock: $(READY)  ## pin the newest versions that fit, by hash
	$(BIN)/uv pip compile pyproject.toml --group dev --all-extras --universal --generate-hashes --upgrade \
		--no-header --python-version 3.11 --output-file requirements.lock --quiet

$(READY): requirements.lock pyproject.toml
	@sh .ci/setup
