"""Guards taken out of the code, one at a time, to see that the test of each fault notices."""
