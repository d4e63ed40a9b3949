"""The auditor's bench: which labels are probably wrong, and what is worth challenging.

Needs the extra `goldleaf-tools[audit]`. Import what is needed from its modules; none of them is imported here.
"""
