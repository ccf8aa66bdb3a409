"""Small trained weights, each with a card (how made, on what, how good, sha256) and the script that trained it."""
