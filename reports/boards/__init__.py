"""Boards for Kibana: what is indexed for them (fields.py) and the saved objects (views.py, panels.py, boards.py).

`python -m reports.boards` writes `huiying.ndjson`, which `manage.py kibana push` imports; `--check` only compares.
"""
