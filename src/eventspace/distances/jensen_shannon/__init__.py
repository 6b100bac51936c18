"""The Jensen-Shannon divergence, and all pairs of profiles below a divergence."""
