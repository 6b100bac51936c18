"""Numbers with intervals: resampling by event, ROC curves, correlation dimension."""
