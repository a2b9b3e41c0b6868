// A program outside the tree that uses the installed library.
#include <modelkin/version.h>

#include <iostream>

int main() { std::cout << "modelkin " << modelkin::LibraryVersion() << '\n'; }
