// Going through folders where memory may run out.
#ifndef MODELKIN_BASE_NEXT_ENTRY_H_
#define MODELKIN_BASE_NEXT_ENTRY_H_

#include <filesystem>
#include <system_error>

namespace modelkin {

// Goes on to the next entry of a directory_iterator or recursive_directory_iterator. Sets `failure`
// where that fails, and ends the iteration. Throws std::bad_alloc, where increment(failure) of
// libstdc++ would end the process.
template <class Iterator>
void GoToNext(Iterator& entry, std::error_code& failure) {
  try {
    ++entry;
  } catch (const std::filesystem::filesystem_error& error) {
    failure = error.code();
    entry = Iterator();
  }
}

}  // namespace modelkin

#endif  // MODELKIN_BASE_NEXT_ENTRY_H_
