"""The documentation site. `sphinx-build -W --keep-going -b html docs build/docs` builds it, without the internet."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import jupyter_server_mathjax
from sphinx.application import Sphinx

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS / "_ext")]

import pages  # noqa: E402
from docstrings import markdown_to_rst  # noqa: E402

project = "courselib"
author = "the authors of courselib"
release = pages.version(ROOT)
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
exclude_patterns = ["pictures", "_ext"]
pages.write(ROOT, DOCS)

# Notebooks are shown as they were executed when they were built.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a notebook's headings are its author's matter

# The library is imported, but not what takes ten seconds.
autodoc_mock_imports = ["tensorflow", "keras"]
add_module_names = False
autodoc_member_order = "alphabetical"
autodoc_typehints = "none"  # signatures say enough, and `Args:` says it in words
autodoc_preserve_defaults = True
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"courselib {release}"
html_static_path = ["_static"]
html_css_files = ["courselib.css"]
html_copy_source = html_show_sourcelink = html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5f8a", "color-brand-content": "#0b5f8a"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ec", "color-brand-content": "#7cc4ec"},
}

# MathJax from a Python package, copied into the site: formulas need no internet.
mathjax_path = "mathjax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full"
mathjax2_config = {
    "tex2jax": {"ignoreClass": ".*", "processClass": "math"},
    "HTML-CSS": {
        "scale": 94,
        "availableFonts": [],
        "webFont": "STIX-Web",
        "imageFont": None,
        "linebreaks": {"automatic": True},
    },
    "messageStyle": "none",
    "showMathMenu": False,
}
myst_update_mathjax = False
MATHJAX_PARTS = (
    "LICENSE",
    "MathJax.js",
    "config/TeX-AMS-MML_HTMLorMML-full.js",
    "extensions/TeX",
    "jax/element",
    "jax/output/HTML-CSS",
    "fonts/HTML-CSS/STIX-Web",
)


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Put what the pages need of MathJax beside them."""
    if error is None and app.builder.format == "html":
        source = Path(jupyter_server_mathjax.__file__).with_name("static")
        target = Path(app.outdir, "_static", "mathjax")
        for part in MATHJAX_PARTS:
            (target / part).parent.mkdir(parents=True, exist_ok=True)
            if (source / part).is_dir():
                shutil.copytree(source / part, target / part, dirs_exist_ok=True)
            else:
                shutil.copyfile(source / part, target / part)


def read_docstring(app: object, what: object, name: object, obj: object, options: object, lines: list[str]) -> None:
    """Docstrings are written in Markdown, with Google's sections."""
    lines[:] = markdown_to_rst(lines)


def skip_member(app: object, what: object, name: object, obj: object, skip: bool, options: object) -> bool | None:
    """The fields of a named tuple stand in its docstring; by themselves they say nothing."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def level_captions(app: object, name: str, template: str, context: dict, doctree: object) -> None:
    """Sphinx calls the captions of the menu headings, and leaves out of which level."""
    if "furo_navigation_tree" in context:
        tree = context["furo_navigation_tree"]
        context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app: Sphinx) -> None:
    app.connect("build-finished", copy_mathjax)
    app.connect("html-page-context", level_captions, priority=900)  # after the theme
    app.connect("autodoc-skip-member", skip_member)
    app.connect("autodoc-process-docstring", read_docstring, priority=400)  # before napoleon
