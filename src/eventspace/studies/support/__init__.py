"""How many different events can a generator make?"""
