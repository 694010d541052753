"""The doors of the briefs."""
