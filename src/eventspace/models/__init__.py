"""Networks in torch: generators of events, and the loop that trains them. All of it needs the extra ``torch``."""
