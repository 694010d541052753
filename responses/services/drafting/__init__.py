"""A release before it is published: written, and passed through four gates by other people than who wrote it."""

from responses.services.drafting.gating import decide_gate
from responses.services.drafting.linking import draft_for, explain_ungated
from responses.services.drafting.writing import Words, drop_draft, edit_draft, start_draft

__all__ = ["Words", "decide_gate", "draft_for", "drop_draft", "edit_draft", "explain_ungated", "start_draft"]
