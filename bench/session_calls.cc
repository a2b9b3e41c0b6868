// What requests of the library cost on small models: the floor of bench/python_calls.py.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "modelkin/modelkin.h"

namespace {

using modelkin::Session;

// Returns the median of the milliseconds that a call takes.
double Milliseconds(int calls, const std::function<void()>& call) {
  std::vector<double> taken;
  for (int i = 0; i < calls; ++i) {
    const auto began = std::chrono::steady_clock::now();
    call();
    taken.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
            .count());
  }
  std::ranges::sort(taken);
  return taken[taken.size() / 2];
}

}  // namespace

// Prints `REQUEST MILLISECONDS` for each request, of models A and B, JSON and text written.
int main(int count, char** arguments) {
  if (count != 4) {
    fmt::print(stderr, "usage: {} A B CALLS\n", arguments[0]);
    return 2;
  }
  const std::string a = arguments[1], b = arguments[2];
  const int calls = std::stoi(arguments[3]);
  const auto written = [](const auto& report) {
    static_cast<void>(report.Json());
    static_cast<void>(report.Text());
  };
  const auto print = [&](std::string_view name, const std::function<void()>& call) {
    fmt::print("{} {:.4f}\n", name, Milliseconds(calls, call));
  };
  Session session;
  session.SetThreads(1);
  print("inspect", [&] { written(session.Inspect(a)); });
  print("diff", [&] { written(session.Diff({.models = {.a = a, .b = b}})); });
  print("compare", [&] { written(session.Compare({.models = {.a = a, .b = b}})); });
  print("trace", [&] {
    written(session.Trace({.models = {.a = a, .b = b},
                           .options = {.effort = modelkin::Effort::kQuick, .draws = 100}}));
  });
}
