# Everything runs in .venv, which the first target that needs it makes. GNU make 3.81 will do.
#   make demo ARGS=--quick        options for the command or for pytest
#   make test PYTHON=python3.12   the interpreter for a new .venv (3.11, 3.12 or 3.13)

VENV := .venv
BIN := $(VENV)/bin
# Each core takes a test file at a time, since the tests of a file share what they trained; where
# one file is nearly all of it, as on JAX in `make test`, a test at a time; and of the pages, which
# come longest first, one.
PYTEST_BY = $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=$(1) $(ARGS)
PYTEST = $(call PYTEST_BY,loadfile)
PYTEST_PAGES = $(call PYTEST_BY,load) --maxschedchunk=1 -m slow --durations=0 tests/notebooks
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
PYTHON ?=
ARGS ?=

# A process keeps what TensorFlow compiled in it, ten gigabytes over all of these folders: models
# get processes of their own, and so do the others.
MODELS := tests/models
COMPILED := tests/layers tests/generation tests/interop

# The folders that must not know their backend run a second time on JAX, in CI all of them (`make
# test-jax`), in `make test` the heart: the causal model; so does Ctrl-C in `fit`.
JAX_TESTS := tests/layers tests/models tests/generation tests/interop tests/training/test_fit.py \
	tests/training/test_callbacks.py tests/training/test_range_test.py
JAX_HEART := tests/models/test_causal_lm.py tests/training/test_fit.py
# What a version can break, at the lowest ones; old packages warn of each other, which is let be.
FLOOR_TESTS := tests/training tests/embeddings tests/viz tests/test_startup.py tests/cli/test_terminal.py \
	tests/interop/test_huggingface.py \
	tests/interop/test_hub.py tests/preprocessing/test_levels.py tests/preprocessing/test_windows.py \
	tests/models/test_losses.py tests/models/test_causal_lm.py tests/models/test_embedding_start.py
# What skips where others' files are not there.
REAL_TESTS := tests/interop/test_real.py tests/preprocessing/test_checkpoint_tokenizers.py \
	tests/preprocessing/test_chat_template.py
.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-pages test-jax test-real floors lint format notebooks docs resolve lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# A finished installation leaves the stamp, so that an interrupted one is taken up again.
$(STAMP): requirements.txt pyproject.toml setup.py
	@sh tools/make_venv.sh $(VENV) $(PYTHON)
	@echo "Installing the package and its dependencies into $(VENV) (about 3 GB):" \
		"2 to 5 minutes the first time ..."
	@$(PIP) install -r requirements.txt
	@$(PIP) install --no-deps --editable .
	@touch $(STAMP)

demo: $(STAMP) ## the main job: from raw text to generated sentences
	@$(BIN)/mlm-tf demo $(ARGS)

test: lint ## lint, the tests on TensorFlow, the heart of them again on JAX
	$(PYTEST) -m "not slow" $(MODELS)
	$(PYTEST) -m "not slow" $(COMPILED)
	$(PYTEST) -m "not slow" $(addprefix --ignore=,$(MODELS) $(COMPILED))
	KERAS_BACKEND=jax $(call PYTEST_BY,worksteal) -m "not slow" $(JAX_HEART)

test-slow: $(STAMP) ## whole programs, which `make test` leaves out
	$(PYTEST) -m slow --ignore=tests/notebooks

test-pages: $(STAMP) ## every page of the course from top to bottom; 04 to 08 on JAX too
	$(PYTEST_PAGES)
	KERAS_BACKEND=jax $(PYTEST_PAGES)

test-jax: $(STAMP) ## every backend-neutral test on JAX
	KERAS_BACKEND=jax $(PYTEST) $(JAX_TESTS)

test-real: $(STAMP) ## checkpoints and tokenizers of others, fetched into the cache (190 MB)
	-$(BIN)/python tools/fetch_tokenizers.py
	-$(BIN)/python tools/fetch_checkpoints.py
	$(PYTEST) $(REAL_TESTS)

floors: ## tests at the lowest versions that pyproject.toml allows
	@sh tools/make_venv.sh $(VENV)-floors $(if $(PYTHON),$(PYTHON),python3.11)
	@echo "Installing the lowest versions into $(VENV)-floors: 2 to 5 minutes the first time ..."
	@$(VENV)-floors/bin/python tools/floors.py > $(VENV)-floors/floors.txt
	@$(VENV)-floors/bin/python -m pip --disable-pip-version-check --no-input -qq install \
		-r $(VENV)-floors/floors.txt
	@$(VENV)-floors/bin/python -m pip --disable-pip-version-check --no-input -qq install \
		--no-deps --editable .
	$(VENV)-floors/bin/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile \
		--override-ini=filterwarnings=default -m "not slow" $(FLOOR_TESTS) $(ARGS)

lint: $(STAMP) ## ruff (rules and format) and the import directions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

format: $(STAMP) ## let ruff rewrite what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

notebooks: $(STAMP) ## run every page of the course and write it in both languages
	$(BIN)/python tools/course.py

docs: $(STAMP) ## the site in both languages, into build/site, and its tests
	$(BIN)/python -m tools.docs
	$(BIN)/python -m pytest $(ARGS) tests/site

resolve: $(STAMP) ## check that the package fits beside Colab's TensorFlow (2.19 to 2.21)
	@$(BIN)/python tools/resolve_colab.py

lock: ## resolve requirements.txt anew, on Python 3.11
	@rm -rf $(VENV)-lock
	@sh tools/make_venv.sh $(VENV)-lock $(if $(PYTHON),$(PYTHON),python3.11)
	@echo "Resolving mlm_tf[test,notebooks,docs] in $(VENV)-lock: 2 to 5 minutes ..."
	@$(VENV)-lock/bin/python tools/lock.py
	@rm -rf $(VENV)-lock

clean: ## remove .venv, caches and build products
	rm -rf $(VENV) $(VENV)-lock $(VENV)-floors build dist *.egg-info .pytest_cache .ruff_cache .import_linter_cache
	find benchmarks glove mlm_tf tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
