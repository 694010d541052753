"""Settings of a process whose one sweep takes a second."""

from config.settings import *  # noqa: F403 - a settings module for a test is the real one with one change

SCHEDULE = [{"name": "slow", "task": "tests.running.chores.slow", "every": 0.1, "family": "reading"}]
