"""转办: tasks given to units, signed for, fed back, and who is reminded of them."""

from responses.services.tasks.answering import feed_back, send_back, sign_task
from responses.services.tasks.giving import give_task, withdraw_task
from responses.services.tasks.reminding import remind_tasks

__all__ = ["feed_back", "give_task", "remind_tasks", "send_back", "sign_task", "withdraw_task"]
