// Holds nothing: the library is there for what it needs.
