"""Briefs: what they say, who signs, when they ring, how they look."""
