"""The doors of the office: one function per change."""
