"""Networks in torch: generators of events, and the loop that trains them. All of it needs the extra ``torch``."""

from eventspace.base.extras import require

with require("torch", "a network"):
    import safetensors  # noqa: F401
    import torch  # noqa: F401

__all__: list[str] = []
