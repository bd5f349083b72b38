"""Typst: compiling, fonts, brand, QR codes and what comes of them."""
