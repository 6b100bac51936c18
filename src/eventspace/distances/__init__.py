"""How far apart two events are: metrics, one a file, and the engine that turns a metric into many numbers."""
