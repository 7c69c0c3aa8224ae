# More lines, and longer ones, than a page can show.
seq 300 | sed "s/$/ $(printf '<long> %.0s' $(seq 130))/"
