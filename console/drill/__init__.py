"""A rehearsal: an authored incident played through the whole service in a home, a process and a time of its own."""
