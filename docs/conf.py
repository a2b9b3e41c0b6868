"""The site of these documents, built by scripts/build-site: Sphinx, MyST for Markdown, furo."""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.inspect import TypeAliasForwardRef

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "python"))

project = "modelkin"
version = release = re.findall(r"modelkin VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[0]

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["**/.ipynb_checkpoints"]

# Documents are Markdown as GitHub shows it, with its anchors of headings.
myst_heading_anchors = 4
# Notebooks are shown as they were executed. No script of another host is loaded for widgets.
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, object] = {}

# The reference is made of docstrings, without the compiled module. In these, `word` is an argument.
autodoc_mock_imports = ["modelkin._core"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_type_aliases = {
    name: f"modelkin.{name}" for name in ("Layers", "ModelLike", "Progress", "ProgressCallback")
}
napoleon_numpy_docstring = False
default_role = "literal"
python_maximum_signature_line_length = 60

html_theme = "furo"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
pygments_dark_style = "github-dark"
html_title = f"modelkin {release}"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False

# Files of the repository's root, and the pages that show them.
ROOT_PAGES = {
    "README.md": "project/readme",
    "CHANGELOG.md": "project/changelog",
    "CONTRIBUTING.md": "project/contributing",
    "SECURITY.md": "project/security",
    "LICENSE": "project/licence",
}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def with_links_of_the_site(text: str, folder: str, docname: str) -> str:
    """Returns Markdown of a folder of the repository with links that hold on a page of the site.

    A link to a file that the site does not have becomes its label.
    """

    def changed(link: re.Match[str]) -> str:
        image, label, target, anchor = link.groups()
        path = posixpath.normpath(posixpath.join(folder, target))
        if ":" in target or not (ROOT / path).exists():
            return link[0]
        if path in ROOT_PAGES:
            path = f"docs/{ROOT_PAGES[path]}.md"
        if not path.startswith("docs/"):
            return label
        target = posixpath.relpath(path, posixpath.dirname(f"docs/{docname}"))
        return f"{image}[{label}]({target}{anchor or ''})"

    return LINK.sub(changed, text)


def put_on_the_site(app: Sphinx, docname: str, source: list[str]) -> None:
    """Changes a document as it is read: pages of the root get their text, links what they point to."""
    if not (Path(app.srcdir) / f"{docname}.md").exists():
        return
    folder = posixpath.dirname(f"docs/{docname}")
    for path, page in ROOT_PAGES.items():
        if page == docname and path.endswith(".md"):
            folder, source[0] = "", (ROOT / path).read_text()
            app.env.note_dependency(str(ROOT / path))
    source[0] = with_links_of_the_site(source[0], folder, docname)


def link_documents(
    app: Sphinx, what: str, name: str, documented: object, options: object, lines: list[str]
) -> None:
    """Makes links of the documents and schemas that a docstring names."""
    text = "\n".join(lines)
    if name.startswith("modelkin.records."):
        text = re.sub(r"([\\*|])", r"\\\1", text)  # plain text of a schema
    text = re.sub(r"(?<![`\w])docs/([\w.-]+)\.md", r":doc:`docs/\1.md </\1>`", text)
    text = re.sub(r"(?<![`\w])docs/([\w.-]+\.json)", r":download:`docs/\1 </\1>`", text)
    lines[:] = text.split("\n")
    if what in ("property", "attribute", "data"):
        # An empty comment: else napoleon takes what is before a colon for a type.
        lines[:0] = ["..", ""]


def find_alias(
    app: Sphinx, env: BuildEnvironment, node: nodes.Element, content: nodes.Element
) -> nodes.Node | None:
    """Returns the link to what is no class, such as `ModelLike`, where a type names it; None if unknown."""
    if node.get("refdomain") != "py" or node.get("reftype") != "class":
        return None
    name = "modelkin." + str(node["reftarget"]).rpartition(".")[2]
    domain = env.domains["py"]
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, content)


def setup(app: Sphinx) -> None:
    # In `ModelLike | None` an alias is shown by this.
    TypeAliasForwardRef.__repr__ = lambda alias: alias.name  # type: ignore[method-assign]
    app.connect("autodoc-process-docstring", link_documents, priority=400)  # before napoleon
    app.connect("source-read", put_on_the_site)
    app.connect("missing-reference", find_alias)
