"""Sphinx settings. `make docs` takes warnings as errors; a reader's browser fetches nothing."""

from pathlib import Path

project = "sanction-registry"
copyright = "2026, the sanction-registry authors"
author = "the sanction-registry authors"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = project
# No web fonts and no scripts from elsewhere: the pages are read inside closed networks.
html_theme_options = {
    "light_css_variables": {
        "font-stack": "system-ui, 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif",
        "font-stack--monospace": "ui-monospace, 'Noto Sans Mono CJK SC', monospace",
    }
}
html_copy_source = False
html_static_path = [name for name in ["_static"] if (Path(__file__).parent / name).is_dir()]
