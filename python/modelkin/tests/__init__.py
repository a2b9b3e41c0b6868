"""Tests of the package: ``pytest --pyargs modelkin``. They make their own models."""
