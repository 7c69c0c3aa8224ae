# Lines that a page must show as they are: <b>, &amp; and </style>.
echo "<script>document.title = 'broken'</script> of $$"
echo "\"quotes\" & 'more' </li></ol></section>"
echo "<img src=x onerror=alert(1)>" >&2
printf '%s\n' "<i>a line whose print is not found</i>"
