// A program outside the tree that uses the installed library: is B built on A?
#include <modelkin/modelkin.h>

#include <iostream>

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const modelkin::Session session;
  const modelkin::Model a = session.Open(arguments[1]), b = session.Open(arguments[2]);
  const modelkin::TraceReport report = session.Trace(a, b);
  std::cout << VerdictName(report.Verdict()) << ": " << report.Sentence() << '\n';
}
