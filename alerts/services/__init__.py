"""The doors of alerts: one function per change."""
