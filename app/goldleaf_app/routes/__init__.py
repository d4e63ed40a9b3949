"""The pages and what they ask for, by subject."""

from . import (
    audit,
    credentials,
    data_sets,
    disputes,
    drafts,
    help,
    jury,
    market,
    operations,
    reminders,
    requests,
    sign_in,
    wallet,
    work,
    workspace,
)

ROUTERS = (
    audit.router,
    credentials.router,
    data_sets.router,
    disputes.router,
    drafts.router,
    drafts.acts,
    help.router,
    jury.router,
    market.router,
    operations.router,
    reminders.router,
    requests.router,
    sign_in.router,
    wallet.router,
    work.router,
    workspace.router,
)
