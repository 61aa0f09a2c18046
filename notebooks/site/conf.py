"""How Sphinx makes pages of the notebooks; called by tests/build_site.py, `make site`."""

import inspect

import unetlab

project = "unetlab"
author = "the authors of unetlab"
release = unetlab.__version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_design"]
exclude_patterns = ["extra"]  # the notebooks' pictures, copied as they are

# The notebooks have run already, where CI looked at what came out.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "attrs_block"]
myst_heading_anchors = 4

# A name in single backticks is a link where it is public, and code where it is not.
default_role = "py:obj"
napoleon_custom_sections = [("Attributes", "params_style")]  # in the class's text, and only there
napoleon_use_rtype = False  # what is returned is said in one sentence
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
python_display_short_literal_types = True
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = "unetlab"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_domain_indices = False
html_show_sphinx = False
html_show_copyright = False
# The search would ask for other pages to quote from them, which a browser refuses for files.
html_show_search_summary = False
html_extra_path = ["extra"]
html_theme_options = {"navigation_with_keys": True}


def skip_fields(app, kind, name, value, skip, options):
    """Leave out the fields of named tuples, which the class's own text describes."""
    return skip or str(getattr(value, "__doc__", "")).startswith("Alias for field number") or None


def sign_by_init(app, kind, name, value, options, signature, returned):
    """Take a widget's signature from its `__init__`: its metaclass knows any argument."""
    if kind == "class" and str(signature).startswith("(*args"):
        parts = list(inspect.signature(value.__init__).parameters.values())[1:]
        return str(inspect.Signature(parts)), returned
    return None


def setup(app):
    """Tell Sphinx of the two."""
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("autodoc-process-signature", sign_by_init)
