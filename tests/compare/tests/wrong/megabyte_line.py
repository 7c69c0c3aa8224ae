# It prints a line of a megabyte.
print("x" * 1_000_000)
