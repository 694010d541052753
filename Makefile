# Two commands do everything: `make run` and `make test`. All paths are relative, so a folder with spaces is fine.
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
# The first Python of at least 3.11; say PYTHON=/path/to/python3 to choose another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then command -v $$p; break; fi; done)
# Words for pytest: make test T="tests/running -x"
T ?=
# Worker processes of pytest.
N ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev bundle run scale test test-postgresql check format doctor requirements clean \
	bench bench-grouping bench-replay bench-live bench-idle bench-pages bench-sentiment bench-retention bench-backup bench-desk pictures

help:
	@echo 'make run      装好并启动服务（http://127.0.0.1:8000），Ctrl-C 停止'
	@echo 'make test     装好开发工具，检查代码并运行全部测试'
	@echo 'make setup    只安装：虚拟环境和带校验值的依赖'
	@echo 'make check    ruff、mypy --strict、import-linter、makemigrations --check'
	@echo 'make bundle   把全部依赖装进一个文件（dist/），给没有网络的机器用'
	@echo 'make scale    用容器启动多机所需的全套：PostgreSQL、Redis、Elasticsearch、Kibana'
	@echo 'make doctor   说明这套安装有什么问题'
	@echo 'make bench    全部测量（耗时较长）；单项见 bench/'

# ---- installing -------------------------------------------------------------------------------------------------

setup: $(VENV)/run.stamp

$(PY):
	@if [ -z "$(PYTHON)" ]; then \
		echo 'E30 没有找到 Python 3.11 或更新版本。Debian/Ubuntu：apt install python3 python3-venv；' >&2; \
		echo '    装在别处的：make setup PYTHON=/路径/python3' >&2; exit 1; fi
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo 'E31 这个 Python 缺少 venv 模块。Debian/Ubuntu：apt install python3-venv' >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

# The lists are complete, so pip need not look for more (--no-deps): older versions of it stumble over an extra of lxml.
PIP_WORDS := --quiet --disable-pip-version-check --require-hashes --no-deps
# Made by `make bundle` on a machine with a network; where one lies here, nothing is asked of any network.
BUNDLE := $(firstword $(wildcard huiying-offline-*.tar))
# A second run finds the stamp newer than the list and does nothing.
$(VENV)/run.stamp: requirements/run.txt | $(PY)
ifeq ($(BUNDLE),)
	@echo '正在安装依赖（只在首次和依赖变化时进行）……'
	@$(PY) -m pip install $(PIP_WORDS) -r requirements/run.txt || { \
		echo 'E34 依赖没有装上。没有网络的话：在能上网的同类机器上 make bundle，把得到的文件放到这里再来一次' >&2; exit 1; }
else
	@echo '正在从离线包 $(BUNDLE) 安装依赖，不用网络……'
	$(PY) deploy/offline.py install $(BUNDLE)
endif
	@touch $@

bundle: $(PY)
	$(PY) deploy/offline.py make dist

setup-dev: $(VENV)/dev.stamp

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@echo '正在安装开发和测试工具……'
	$(PY) -m pip install $(PIP_WORDS) -r requirements/dev.txt
	@touch $@

# ---- running ----------------------------------------------------------------------------------------------------

run: setup
	@exec $(PY) manage.py run

# Several engines in containers (docker-compose.yml). The secrets are written once and never again.
scale:
	@command -v docker >/dev/null 2>&1 || { echo 'E35 没有找到 docker。请先安装容器引擎和 compose 插件。' >&2; exit 1; }
	@sh deploy/secrets.sh deploy/secrets
	docker compose up --build --detach
	@echo "首次登录的口令在：docker compose logs migrate；各部分的状态：docker compose ps"

doctor: setup
	@exec $(PY) manage.py doctor

# ---- quality ----------------------------------------------------------------------------------------------------

check: setup-dev
	$(PY) -m ruff check .
	$(PY) -m mypy .
	$(PY) -c 'from importlinter.cli import lint_imports_command as c; c()'
	$(PY) manage.py makemigrations --check --dry-run

test: check
	$(PY) -m pytest -n $(N) --dist loadscope $(T)

# The same tests on a real PostgreSQL of their own; those that ask about SQLite itself are left out.
test-postgresql: setup-dev
	$(PY) -m tests.gateways.postgres $(PY) -m pytest -n $(N) --dist loadscope --reuse-db -m "not embedded" $(T)

format: setup-dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# Edit requirements/*.in, then this; versions already pinned stay unless UPGRADE=--upgrade.
requirements: setup-dev
	@for name in run train dev; do \
		$(PY) -m piptools compile --quiet $(UPGRADE) --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header \
			--no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
			-o requirements/$$name.txt requirements/$$name.in || exit 1; done

# ---- measuring: each prints a table with machine and versions -----------------------------------------------------

bench: bench-sentiment bench-grouping bench-replay bench-live bench-pages bench-idle bench-retention bench-backup bench-desk

# Real data for the benches; the service and its tests need none.
DATA ?= $(or $(HUIYING_DATA),../shared/data)

bench-grouping: setup-dev
	$(PY) -m bench.grouping

bench-replay: setup-dev
	$(PY) manage.py replay "$(DATA)/citizen_messages/stream_before_2019-07.csv" \
		--pack bench/districts/a_city --report bench-replay.json

bench-live: setup-dev
	$(PY) -m bench.live

bench-idle: setup-dev
	$(PY) -m bench.idle

bench-pages: setup-dev
	$(PY) -m bench.pages

bench-retention: setup-dev
	$(PY) -m bench.retention

bench-backup: setup-dev
	$(PY) -m bench.backup

bench-desk: setup-dev
	HUIYING_DATA="$(DATA)" $(PY) -m bench.desk_load

# Every table of judgements that docs/measurements.md tells; SnowNLP beside it takes most of the time.
.PHONY: bench-analysis
bench-analysis: bench-sentiment bench-grouping
	HUIYING_DATA="$(DATA)" $(PY) -m bench.alike
	HUIYING_DATA="$(DATA)" $(PY) -m bench.relevance
	HUIYING_DATA="$(DATA)" $(PY) -m bench.emergencies
	$(PY) manage.py train-classes "$(DATA)/citizen_messages/labelled_train.csv" --out var/bench-classes

bench-sentiment: setup-dev
	$(PY) -m bench.sentiment

.PHONY: bench-relevance bench-emergencies
bench-relevance: setup-dev
	HUIYING_DATA="$(DATA)" $(PY) -m bench.relevance --posts 2000

bench-emergencies: setup-dev
	HUIYING_DATA="$(DATA)" $(PY) -m bench.emergency_cross
	HUIYING_DATA="$(DATA)" $(PY) -m bench.emergency_words
	HUIYING_DATA="$(DATA)" $(PY) -m bench.emergency_posts

.PHONY: bench-search bench-outbox
bench-search: setup-dev
	HUIYING_DATA="$(DATA)" $(PY) -m bench.search

bench-outbox: setup-dev
	HUIYING_DATA="$(DATA)" $(PY) -m bench.outbox

.PHONY: bench-clocks bench-cost bench-districts
bench-clocks: setup-dev
	$(PY) -m bench.clocks

bench-cost: setup-dev
	HUIYING_DATA="$(DATA)" $(PY) -m bench.cost_per_post

bench-districts: setup-dev
	$(PY) -m bench.districts_day

# The pictures of docs/images, from a rehearsal played for it.
pictures: setup-dev
	$(PY) docs/pictures.py

# Caches only; var/ holds the data and is never touched.
clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
