"""Types of what results are made of: a module for each schema of docs/, a class for each object."""
