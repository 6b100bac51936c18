"""Parts of models that merge the protojets of the Durham algorithm to jets."""
