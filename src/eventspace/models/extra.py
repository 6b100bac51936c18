"""Torch and safetensors, or the error that says how to install them; imported before anything that needs them."""

from eventspace.base.extras import require

with require("torch", "a network"):
    import safetensors  # noqa: F401
    import torch  # noqa: F401

__all__: list[str] = []
