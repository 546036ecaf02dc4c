"""Credential providers over other packages."""
