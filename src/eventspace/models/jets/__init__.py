"""Jets: the parts of variational autoencoders of jets."""

import eventspace.models.extra  # noqa: F401
