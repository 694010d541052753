"""The doors of the case: one function per change, each with permission, conditional update, trail and notices."""
