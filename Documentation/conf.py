# SPDX-License-Identifier: GPL-2.0
"""How sphinx renders these pages: "make docs"."""
import re

project = "atcp"
author = "the atcp authors"
copyright = author  # pylint: disable=redefined-builtin
with open("../uapi/linux/atcp.h", encoding="utf-8") as header:
    version = release = re.search(r'#define ATCP_VERSION\s+"(.*)"', header.read()).group(1)

extensions = ["sphinx.ext.graphviz"]
# Pictures stand in pictures/ as graphviz' text and are made here.
graphviz_output_format = "svg"
highlight_language = "none"
# "--" in these pages is of an option.
smartquotes = False
html_theme = "alabaster"
html_theme_options = {"description": "an alternate TCP for Linux in a loadable module",
                      "page_width": "1100px"}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_copy_source = False
html_show_copyright = False
