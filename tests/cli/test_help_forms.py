"""--help-as: the manual page and the shells' completions hold all that --help does, and work."""

import os
import re
import shutil
import subprocess
import unittest

from support import CliTest, run

FORMS = ("man", "bash", "zsh", "fish")


COLUMN = 30  # of --help's descriptions


FORMATS = ["html", "md", "json", "cyclonedx", "cyclonedx-1.7", "spdx"]

class Option:
    """An option out of --help: its names, and its description, which may go over several lines."""

    def __init__(self, entry):
        first, *more = entry
        beside = len(first) > COLUMN and first[COLUMN - 1] == " " and first[COLUMN] != " "
        self.names = re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", first[:COLUMN] if beside else first)
        lines = ([first[COLUMN:]] if beside else []) + [line.strip() for line in more]
        text = " ".join(lines)
        # What is said of all values comes after the description.
        self.description = re.sub(r"( \((required|not with [^()]*|(?:any|one) of [^()]*|\d+ to \d+)\))+$", "", text)


def entries(text):
    """The lines of each option of --help, in whatever group it is."""
    found = []
    for line in text.splitlines():
        if re.match(r"  -", line):
            found.append([line])
        elif found and line.startswith(COLUMN * " ") and found[-1] is not None:
            found[-1].append(line)
        elif found:
            found.append(None)
    return [entry for entry in found if entry]


def options(*command):
    """The options that --help of the program or of a command lists, with their descriptions."""
    return [Option(entry) for entry in entries(run(*command, "--help").stdout.partition("\nExamples:")[0])]


def listed(title, *command):
    """What stands under a title of --help, by name: a description may go over several lines."""
    block = run(*command, "--help").stdout.partition(f"\n{title}:\n")[2].split("\n\n")[0]
    joined = re.sub(r"\n {%d}" % COLUMN, " ", block)
    return dict(re.findall(r"(?m)^  (\w+) +(.*)$", joined))


def commands():
    return listed("Commands")


def needs(*programs):
    return unittest.skipUnless(all(map(shutil.which, programs)),
                               f"NOT TESTED: {' or '.join(programs)} is not installed")


class HelpForms(CliTest):
    def form(self, name):
        process = run("--help-as", name)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertTrue(process.stdout.isascii())
        self.assertTrue(process.stdout.endswith("\n") and not process.stdout.endswith("\n\n"))
        return process.stdout

    def path_of_form(self, name):
        return self.write(f"modelkin.{name}", self.form(name))

    def shell(self, *call):
        process = subprocess.run(call, capture_output=True, text=True, timeout=60, cwd=self.folder)
        self.assertEqual((process.returncode, process.stderr), (0, ""), call)
        return process.stdout

    def test_help_hides_the_option_and_others_refuse(self):
        self.assertNotIn("--help-as", run("--help").stdout)
        process = run("--help-as", "tcsh")
        self.assertEqual((process.returncode, process.stdout), (2, ""))

    def test_each_command_and_option_is_in_each_form(self):
        all_commands = commands()
        self.assertGreater(len(all_commands), 10)
        texts = {form: self.form(form).replace("\\-", "-") for form in FORMS}
        for command in ["", *all_commands]:
            found = options(*filter(None, [command]))
            self.assertGreater(len(found), 1 if command != "help" else 0)
            for form, text in texts.items():
                self.assertRegex(text, rf"\b{command}\b")
                for name in (name for option in found for name in option.names):
                    written = name if form != "fish" else f" -{'l' if name[1] == '-' else 's'} {name.lstrip('-')}"
                    with self.subTest(form=form, command=command, name=name):
                        self.assertRegex(text, rf"{re.escape(written)}(?![\w-])")

    def test_each_action_of_a_command_is_in_each_form(self):
        texts = {form: self.form(form).replace("\\-", "-") for form in FORMS}
        actions = listed("Actions", "atlas")
        self.assertIn("find", actions)
        for action in actions:
            for name in (name for option in options("atlas", action) for name in option.names):
                for form, text in texts.items():
                    written = name if form != "fish" else f" -{'l' if name[1] == '-' else 's'} {name.lstrip('-')}"
                    with self.subTest(form=form, action=action, name=name):
                        self.assertRegex(text, rf"{re.escape(written)}(?![\w-])")

    @needs("mandoc")
    def test_the_page_is_clean_to_mandoc(self):
        process = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=self.form("man"),
                                 capture_output=True, text=True, timeout=60)
        # No date: the page is of a build, which is the same on any day.
        complaints = [line for line in process.stdout.splitlines() if "missing date" not in line]
        self.assertEqual(complaints, [])

    def test_the_page_says_what_help_says(self):
        if shutil.which("mandoc"):
            formatter = ["mandoc", "-T", "ascii"]
        elif shutil.which("groff"):
            formatter = ["groff", "-man", "-ww", "-T", "ascii", "-P", "-c", "-rHY=0"]
        else:
            self.skipTest("NOT TESTED: neither mandoc nor groff is installed")
        process = subprocess.run(formatter, input=self.form("man"), capture_output=True, text=True, timeout=60)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        # Words may be broken at hyphens, between lines.
        shown = re.sub(r"\s+", "", re.sub(r".\x08", "", process.stdout))
        for command, purpose in {"": "", **commands()}.items():
            self.assertIn(re.sub(r"\s", "", purpose), shown)
            for option in options(*filter(None, [command])):
                self.assertIn(re.sub(r"\s", "", option.description), shown)
            for example in re.findall(r"(?m)^  (modelkin .*)$", run(command, "--help").stdout if command else ""):
                self.assertIn(re.sub(r"\s", "", example), shown)
        self.assertIn("EXITSTATUS0done.", shown)

    def bash(self, *words):
        """What bash offers for the last word of a command line, as readline would ask."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _modelkin;'
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        return self.shell("bash", "-c", script, "bash", self.path_of_form("bash"), "modelkin", *words).split()

    def test_bash_completes(self):
        self.assertEqual(self.bash("tr"), ["trace"])
        self.assertEqual(sorted(self.bash("")), sorted(commands()))
        self.assertEqual(self.bash("--licens"), ["--licenses"])
        self.assertEqual(self.bash("compare", "a", "b", "--func"), ["--functional"])
        self.assertEqual(self.bash("report", "--format", ""), FORMATS)
        self.assertEqual(self.bash("report", "--format", "="), FORMATS)
        self.assertEqual(self.bash("report", "--format", "=", "h"), ["html"])
        self.assertEqual(self.bash("explain", "ro"), ["router", "rope"])
        self.assertEqual(self.bash("atlas", "fi"), ["find"])
        self.assertEqual(self.bash("atlas", "find", "a", "--most-t"), ["--most-traced"])
        self.assertEqual(self.bash("atlas", "build", "--most-t"), [])
        # Readline goes on to files.
        self.assertEqual(self.bash("trace", "a"), [])
        self.assertEqual(self.bash("trace", "--output", "tr"), [])

    @needs("shellcheck")
    def test_bash_is_clean_to_shellcheck(self):
        self.shell("shellcheck", "-s", "bash", self.path_of_form("bash"))

    @needs("zsh")
    def test_zsh_reads_what_help_says(self):
        path = self.path_of_form("zsh")
        self.shell("zsh", "-n", path)
        # Stands in for zsh's own functions, which need a terminal.
        stub = ("_arguments() { print -rl -- $@; state=argument line=($command) }; _describe() { print -rl -- $commands };"
                "command=$2; source $1")
        for command in commands():
            specs = self.shell("zsh", "-f", "-c", stub, "zsh", path, command).splitlines()
            for option in options(command):
                explained = "[" + re.sub(r"([\\:\[\]])", r"\\\1", option.description) + "]"
                for name in option.names:
                    matching = [spec for spec in specs if re.search(rf"(?:^|[)*]){name}[+=]?\[", spec)]
                    self.assertTrue(any(explained in spec for spec in matching), (command, name, matching))

    @needs("fish")
    def test_fish_completes(self):
        path = self.path_of_form("fish")
        self.shell("fish", "-n", path)

        def offered(line):
            script = f"source {path}; complete -C '{line}'"
            environment = ["env", f"HOME={self.folder}", "fish", "--no-config", "-c", script]
            return dict(found.partition("\t")[::2] for found in self.shell(*environment).splitlines())

        self.assertEqual(list(offered("modelkin tr")), ["trace"])
        self.assertEqual(set(offered("modelkin report --format ")), set(FORMATS))
        self.assertLessEqual({"router", "rope"}, set(offered("modelkin explain ro")))
        for command, purpose in commands().items():
            self.assertEqual(offered(f"modelkin {command}")[command], purpose)
        found = offered("modelkin compare --")
        for option in options("compare"):
            self.assertEqual(found[option.names[-1]], option.description)


if __name__ == "__main__":
    unittest.main()
