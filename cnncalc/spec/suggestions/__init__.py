"""What was probably meant by a word that is not understood."""
