"""How far does a generator amplify its training sample, where the truth is known?"""
