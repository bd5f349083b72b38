"""Legal documents and who rests on them."""
