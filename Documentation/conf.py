# SPDX-License-Identifier: GPL-2.0
"""How sphinx renders these pages: "make docs"."""
import re

from docutils import nodes

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

# A page is named by its file, which is what a reader of the source wants: "see guard.rst", Documentation/guard.rst.
PAGE = re.compile(r"\b(?:Documentation/)?([a-z][a-z0-9-]*)\.rst\b")


def link_pages(app, doctree, docname):
    """Makes links of the names of pages, in text and as literals; not in listings, titles and links."""
    for text in list(doctree.findall(nodes.Text)):
        parent, above = text.parent, text.parent
        while above and not isinstance(above, (nodes.literal_block, nodes.title, nodes.reference)):
            above = above.parent
        if above:
            continue
        parts, end = [], 0
        for found in PAGE.finditer(text):
            if found[1] == docname or found[1] not in app.env.found_docs:
                continue
            uri = app.builder.get_relative_uri(docname, found[1])
            parts += [nodes.Text(text[end:found.start()]),
                      nodes.reference("", found[0], refuri=uri, internal=True)]
            end = found.end()
        if parts:
            parent.replace(text, parts + [nodes.Text(text[end:])])


def setup(app):
    """What sphinx calls."""
    app.connect("doctree-resolved", link_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
