"""From results to figures, run directories and one self-contained page."""
