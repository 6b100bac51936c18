"""Which events are unlike the rest?"""
