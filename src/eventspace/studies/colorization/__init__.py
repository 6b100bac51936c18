"""The study ``colorization``: clusterings of e+e- events beside the Durham algorithm."""
