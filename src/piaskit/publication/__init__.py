"""Editions after they are written: sealed, kept, verified, announced."""
