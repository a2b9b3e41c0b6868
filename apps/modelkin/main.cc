#include "run_program.h"

int main(int argc, char** argv) { return modelkin::RunProgram(argc, argv); }
