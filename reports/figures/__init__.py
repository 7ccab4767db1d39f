"""One file of figures per family: axes in, axes out; statistics are never computed here."""
