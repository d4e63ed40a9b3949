"""The Goldleaf protocol in a browser.

The server builds transactions by the SDK and reads from the index; a wallet in the browser signs. `application.create`
makes the FastAPI application, the command `goldleaf-app` serves it.

- `routes`: the pages, a module for each subject, with templates and a style sheet of the same name.
- `offers`: what a wallet is asked to sign; `refusals`: errors as people are told of them; `web`: who looks, templates.
- `services`: what all pages are made with: the client, the index (`queries` for lists), `files`, the `database`.
- Annotators: `works`, `label_forms`, `drafts`, `sealing`, `delivery`; `duties`, `outcomes`, `earnings`, `timeline`.
- Requesters: the package `requesting`. Jurors: `court`, `papers`, `sealed_votes`, `beacons`. Disputes: `cases`.
- Auditors: `audits` runs `auditing`, a program of its own; then `findings`, `planned_challenges`, `hidden_evidence`.
- In threads: `following` keeps the index up to date, `reminders` mails. `relayer` sends what users sign.

Who may use whom is in the project's `pyproject.toml`, floor by floor.
"""
