"""The doors of crawlers: one function per change."""
