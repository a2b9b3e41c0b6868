// `modelkin demo traps`: two ways to accuse a stranger with numbers that are all correct.
#ifndef MODELKIN_APPS_DEMO_TRAPS_H_
#define MODELKIN_APPS_DEMO_TRAPS_H_

#include "report/screen.h"
#include "report/text_sink.h"

namespace modelkin {

// Makes vectors and matrices of unrelated models, the same everywhere, and shows what is wrongly
// made of them beside the test that holds.
void ShowTraps(unsigned threads, const Screen& screen, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_APPS_DEMO_TRAPS_H_
