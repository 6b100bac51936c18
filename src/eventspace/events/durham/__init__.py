"""The Durham algorithm for e+e- events: its measure, its history, and jets with displaced tracks."""
