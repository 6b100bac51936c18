"""The engine: any metric in, many numbers out; who computes, and what a killed calculation keeps."""
