# Python runs this file before each program of the lessons.
import builtins
import sys

# As on a terminal, each line is written at once.
sys.stdout.reconfigure(line_buffering=True)

# Python's print writes a line and its end in two steps. Another thread may come
# between them; here it cannot.
print_parts = builtins.print


def print_whole(*values, sep=" ", end="\n", **options):
    line = sep.join(str(value) for value in values)
    print_parts(line + end, end="", **options)


builtins.print = print_whole
