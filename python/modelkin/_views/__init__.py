"""How results look: cards and tables as HTML, plots."""
