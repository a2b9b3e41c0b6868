// What both --help and the manual page say of the program as a whole.
#ifndef MODELKIN_APPS_PROGRAM_TEXTS_H_
#define MODELKIN_APPS_PROGRAM_TEXTS_H_

#include <array>
#include <string_view>

namespace modelkin {

inline constexpr std::string_view kPurpose =
    "forensic comparison of language model checkpoints, from their stored weights";

inline constexpr std::string_view kModelText =
    "MODEL is a directory, a file of weights (.safetensors, .gguf, .bin, .pt, .pth, .ckpt),\n"
    "an index of shards (.index.json), an adapter of PEFT, or hf://org/name[@revision][/FILE]\n"
    "on a hub (HF_TOKEN, HF_ENDPOINT; docs/hub.md). Quantised weights are decoded\n"
    "(docs/storage.md).";

struct ExitCode {
  int code;
  std::string_view meaning;
};

inline constexpr int kInterruptedExit = 130;  // as shells report SIGINT

inline constexpr std::array kExitCodes{
    ExitCode{0, "done"},        ExitCode{1, "different (with --exit-code)"},
    ExitCode{2, "wrong call"},  ExitCode{3, "bad input"},
    ExitCode{4, "I/O failure"}, ExitCode{kInterruptedExit, "interrupted"},
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_PROGRAM_TEXTS_H_
