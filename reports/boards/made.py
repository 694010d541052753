"""The file of saved objects: data views first, then charts, then boards; nothing in it points outside. Pure."""

from pathlib import Path

from reports.boards.boards import BOARDS
from reports.boards.panels import Json, dashboard, lens, packed
from reports.boards.views import views

FILE = Path(__file__).with_name("huiying.ndjson")


def objects() -> list[Json]:
    """Each object once, what is referred to before what refers to it."""
    boards = [make() for make in BOARDS]
    charts = {chart.id: chart for board in boards for row in board.rows for chart, _ in row}
    return [*views(), *(lens(chart) for chart in charts.values()), *(dashboard(board) for board in boards)]


def made() -> str:
    """One line an object."""
    return "".join(f"{packed(one)}\n" for one in objects())
