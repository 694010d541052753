"""The doors of analysis: reading posts, filing them under topics, keeping heat."""
