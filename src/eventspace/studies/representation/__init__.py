"""How many dimensions a sample has, and what they are, by an autoencoder swept over its resolution."""
