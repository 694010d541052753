"""Engines of sentiment that can be chosen in the settings (`HUIYING_SENTIMENT`): ours, and SnowNLP in a child."""
