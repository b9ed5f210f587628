"""What a team asks of a spec beyond its numbers: expectations."""
