"""The values of a page: which networks are run for it, where their numbers come from, and what of them it keeps."""
