"""Do generated showers look like those of the reference?"""
