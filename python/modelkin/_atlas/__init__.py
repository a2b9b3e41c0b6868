"""Atlases: the file, Parquet, and how many models are sketched on several processes or machines."""
