"""How many dimensions does a sample have at each resolution?"""
