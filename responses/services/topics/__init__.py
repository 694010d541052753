"""What a person does to a topic: merge, split, take either back, open a lead. Its issue follows by the rules."""

from responses.services.topics.merging import merge_topics
from responses.services.topics.opening import open_lead
from responses.services.topics.splitting import split_topic
from responses.services.topics.undoing import undo

__all__ = ["merge_topics", "open_lead", "split_topic", "undo"]
