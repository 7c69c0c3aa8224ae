# What tasks return: one result, many at once, and none from a task that fails.
# Predict: which line of the parent learns of the division by zero?
from multiprocessing import Pool


def divide(a, b):
    return a // b


def square(n):
    return n * n


if __name__ == "__main__":
    p = Pool(4)
    six = p.apply_async(divide, args=(42, 7))
    none = p.apply_async(divide, args=(42, 0))
    print(f"42 / 7 is {six.get()}.")
    try:
        print(f"42 / 0 is {none.get()}.")
    except ZeroDivisionError as error:
        print(f"42 / 0 has no result: {error}.")
    print(f"The squares are {p.map(square, range(1, 6))}.")
    p.close()
    p.join()
