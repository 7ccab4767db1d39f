def write_page(rows, session, out):
    (out / "index.html").write_text("placeholder until the page lands")
    return out / "index.html"
