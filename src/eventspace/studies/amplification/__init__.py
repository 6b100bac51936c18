"""How many true points is a generated sample worth, where the truth is known?"""
