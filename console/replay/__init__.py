"""Playing a historical stream through the whole service: what would have been seen, when, which clocks would run."""
