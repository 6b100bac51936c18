"""Files that users bring: one reader a format, each a generator of particle clouds, chunk by chunk."""
