"""The engine: pull, match, score, plan, push, install."""
