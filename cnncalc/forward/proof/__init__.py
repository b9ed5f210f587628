"""The proof: what an analysis claims, compared with a running network and with the definitions."""
