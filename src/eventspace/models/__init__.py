"""Networks in torch: what each model is, and the loop that trains them."""

__all__: list[str] = []
