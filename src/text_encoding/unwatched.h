// Calls of code that was built without the sanitizers.
#ifndef MODELKIN_TEXT_ENCODING_UNWATCHED_H_
#define MODELKIN_TEXT_ENCODING_UNWATCHED_H_

#ifdef __SANITIZE_THREAD__
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

namespace modelkin {

// While there is one, ThreadSanitizer does not look at this thread: it would see what the code
// allocates, frees and compares, but not the locks by which its threads agree on that.
class Unwatched {
 public:
#ifdef __SANITIZE_THREAD__
  Unwatched() {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  }
  ~Unwatched() {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
#else
  Unwatched() {}  // NOLINT(modernize-use-equals-default): or it would be an unused variable
#endif
  Unwatched(const Unwatched&) = delete;
  Unwatched& operator=(const Unwatched&) = delete;
};

}  // namespace modelkin

#endif  // MODELKIN_TEXT_ENCODING_UNWATCHED_H_
