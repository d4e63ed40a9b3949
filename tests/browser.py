"""The browser that pages are tested with."""

import shutil

# Chromium as root in a closed network: no sandbox, and none of its own business in the background.
BROWSER = {
    "executable_path": shutil.which("chromium"),
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}
