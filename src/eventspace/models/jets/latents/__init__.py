"""Latent spaces of variational autoencoders: products of R^n, spheres, projective spaces and a category."""
