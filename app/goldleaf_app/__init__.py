"""The Goldleaf protocol in a browser.

The server builds transactions by the SDK and reads from the index; a wallet in the browser signs. `application.create`
makes the FastAPI application, the command `goldleaf-app` serves it.
"""
