# It prints nothing.
true
