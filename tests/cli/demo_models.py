"""The models that `modelkin demo` makes, for tests: made once for all of them, by ctest's fixture of that name. A demo
traces its models as well, which takes seconds, and minutes under sanitizers.

    demo_models.py FOLDER    makes them there, in place of those of an earlier run
"""

import os
import shutil
import subprocess
import sys


def make_demo_models(folder):
    """Puts the models of the demo, and its page, into a folder: a copy of those in MODELKIN_DEMO_MODELS, if that is
    set, or made there and then.
    """
    made = os.environ.get("MODELKIN_DEMO_MODELS")
    if made:
        shutil.copytree(made, folder, dirs_exist_ok=True)
    else:
        subprocess.run([os.environ["MODELKIN"], "demo", "--keep", folder, "-q"], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    os.environ.pop("MODELKIN_DEMO_MODELS", None)
    make_demo_models(sys.argv[1])
