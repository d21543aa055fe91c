"""Affect in words: what can be heard or seen, said in short phrases with the numbers behind them."""
