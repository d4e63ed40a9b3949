"""Whom a test is to keep: what the answers of a small trial propose, and how sure that is.

`trial` reads them, `judging` draws the standard out of them, `plot` draws what a test does. The last two need the extra
`goldleaf-tools[audit]`; none of them is imported here.
"""
