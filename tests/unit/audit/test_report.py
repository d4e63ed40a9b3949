"""Reports: complete, small, the same each time; and harmless, whatever strangers have written."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from goldleaf import to_canonical
from goldleaf_tools.audit.report import render, text, write
from goldleaf_tools.audit.result import Glance, TaskAudit, Token
from tests.audits import HOSTILE, UNIT, audit_of, infected

# fmt: off
ELEMENTS = {
    "bdi", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "g",
    "h1", "h2", "head", "header", "html", "li", "main", "meta", "ol", "p", "path", "section", "span",
    "strong", "style", "summary", "svg", "table", "tbody", "td", "text", "th", "thead", "time", "title",
    "tr", "ul",
}
ATTRIBUTES = {
    "aria-label", "charset", "class", "content", "d", "dir", "http-equiv", "lang", "name", "role", "scope",
    "style", "tabindex", "transform", "viewbox", "x", "y",
}
# fmt: on
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
TOKEN = Token("0x", "gUSD", 6)


class Page(HTMLParser):
    """What a page is made of, and what it says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.styles: list[str] = []
        self.policies: list[str] = []
        self.said: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)
        values = dict(attrs)
        self.styles.append(values.get("style") or "")
        self.said.append(values.get("aria-label") or "")
        if values.get("http-equiv") == "Content-Security-Policy":
            # Of what came before it, a policy says nothing.
            assert self.elements == {"html", "head", "meta"}
            self.policies.append(str(values["content"]))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.styles.append(data)
        else:
            self.said.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


@pytest.fixture(scope="module")
def audit() -> TaskAudit:
    return audit_of("mammo")


def assert_harmless(page: str) -> Page:
    found = Page(page)
    assert found.elements <= ELEMENTS
    assert found.attributes <= ATTRIBUTES
    assert found.policies == [POLICY]
    assert not found.open
    assert not [style for style in found.styles for word in ("url(", "@import", "expression") if word in style]
    said = "".join(found.said).replace("\n", "")
    assert said.isprintable(), [character for character in said if not character.isprintable()]
    return found


def test_write__an_audit__gives_a_page_and_json_that_reads_back_equal(audit: TaskAudit, tmp_path: Path) -> None:
    page = write(audit, tmp_path / "new" / "folder")
    assert page == tmp_path / "new" / "folder" / "task-31337-1.html"
    assert TaskAudit.from_json(json.loads(page.with_suffix(".json").read_text())) == audit
    said = " ".join(assert_harmless(page.read_text()).said)
    for words in (
        "It locked 900.00 gUSD to pay for them",
        "In doubt, take the more probable answer",
        "1 label set missing",
        "'maybe' is not one of the allowed labels",
        "The truth is estimated by",
        "Ruled right by the jurors. Who filed it gained 3.00 gUSD.",
        "Nobody can read the set.",
        "Gas is not counted",
        "Juror",
    ):
        assert words in said, words


def test_render__the_same_audit__gives_the_same_bytes(audit: TaskAudit) -> None:
    assert render(audit) == render(TaskAudit.from_json(audit.to_json()))


def test_render__numbers_of_the_audit__are_on_the_page(audit: TaskAudit) -> None:
    said = " ".join(Page(render(audit)).said)
    probable = sum(chance >= 0.5 for chance in audit.labels.p_wrong)
    assert f"Of 1,800 labels about {sum(audit.labels.p_wrong):.0f} " in said
    assert f"{probable:,} labels are more probably wrong than right" in said
    assert audit.calibration is not None and audit.calibration.calibrated is not None
    assert f"{audit.calibration.held_out_labels} labels of {audit.calibration.held_out_golds} items" in said
    assert f"the chances were off by {audit.calibration.calibrated.ece:.0%}" in said
    for one in audit.annotators:
        assert text.short(one.annotator) in said and f"{one.low:.0%} and {one.high:.0%}" in said
    # Of the pot, what was not paid is still there.
    assert f"{900 - 40:,}.00 gUSD from the requester's pot to still held" in said


def test_render__more_rows_than_shown__says_how_many(audit: TaskAudit) -> None:
    probable = sum(chance >= 0.5 for chance in audit.labels.p_wrong)
    short, long = render(audit, rows=3), render(audit, rows=probable)
    assert f"3 of {probable:,} labels that are probably wrong are shown" in short
    assert "labels that are probably wrong are shown" not in long
    assert len(short) < len(long)
    worst = max(range(len(audit.labels)), key=lambda row: audit.labels.p_wrong[row])
    assert f"ipfs://items/{audit.labels.item[worst]}<" in short


def test_render__nothing_known__says_so_and_draws_nothing(audit: TaskAudit) -> None:
    empty = replace(audit.labels, **dict.fromkeys(("submission", "item", "label", "consensus", "p_wrong", "gold"), ()))
    nothing: tuple[object, ...] = ()
    lists = ("sets", "annotators", "proposals", "availability", "challenges", "flows", "notes")
    manifest = replace(
        audit.manifest, guidelines=None, licence=None, label_schema=None, item_uris=(), detail="No file."
    )
    bare = replace(
        audit,
        labels=empty,
        choice=None,
        calibration=None,
        manifest=manifest,
        closed=True,
        **dict.fromkeys(lists, nothing),
    )
    page = assert_harmless(render(bare))
    said = " ".join(page.said)
    assert "svg" not in page.elements
    assert "No label could be read" in said and "Nobody has taken a part" in said and "No file." in said
    assert "Nothing can be challenged at this time" in said and "Nobody has challenged a label" in said


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=60), min_size=1, max_size=7))
@example(HOSTILE)
@example([one[::-1] for one in HOSTILE])
@example([f"{one} {one}" for one in HOSTILE[:3]])
def test_render__any_text_anywhere__is_text(audit: TaskAudit, texts: list[str]) -> None:
    assert_harmless(render(infected(audit, texts), rows=8))


def test_render__hostile_text__can_be_read(audit: TaskAudit) -> None:
    said = "".join(Page(render(infected(audit, HOSTILE), rows=50)).said)
    assert "<script>alert(1)</script>" in said
    assert "$\\frac{1}{0}$" in said
    assert "\\u202egnp.exe" in said
    assert "x" * 6001 not in said


def test_write__ninety_thousand_labels_by_900_annotators__stays_small(audit: TaskAudit, tmp_path: Path) -> None:
    audit = replace(
        audit,
        labels=replace(
            audit.labels,
            item=tuple(item + 200 * copy for copy in range(50) for item in audit.labels.item),
            **{
                name: getattr(audit.labels, name) * 50
                for name in ("submission", "label", "consensus", "p_wrong", "gold")
            },
        ),
        annotators=audit.annotators * 100,
        sets=audit.sets * 100,
        proposals=audit.proposals * 100,
        challenges=audit.challenges * 100,
    )
    page = write(audit, tmp_path)
    assert len(audit.labels) == 90_000
    assert page.stat().st_size < 10**6
    assert TaskAudit.from_json(json.loads(page.with_suffix(".json").read_text())).labels == audit.labels


@pytest.mark.parametrize(
    ("units", "decimals", "shown"),
    [
        (0, 6, "0.00"),
        (1_234_500_000, 6, "1,234.50"),
        (1_234_567_890, 6, "1,234.57"),
        (-5 * UNIT, 6, "-5.00"),
        (12_500, 6, "0.0125"),
        (500_000, 6, "0.50"),
        (1, 18, "<0.000001"),
        (-1, 18, "-<0.000001"),
        (10**30 + 5 * 10**17, 18, "1,000,000,000,000.50"),
        (7, 0, "7"),
        (25, 1, "2.5"),
        (1_999_999_999_999_999_999, 18, "2.00"),
        (999_999_999_999_999_999, 18, "1.00"),
    ],
)
def test_amount__base_units__are_tokens_with_two_digits_and_the_symbol(units: int, decimals: int, shown: str) -> None:
    assert text.amount(units, replace(TOKEN, decimals=decimals, symbol="gUSD")) == f"{shown} gUSD"


def test_render__few_points_of_calibration__are_a_table_and_no_figure(audit: TaskAudit) -> None:
    drawn = "How far the chances can be trusted"
    assert audit.calibration is not None and audit.calibration.calibrated is not None
    whole = render(audit)
    full = assert_harmless(whole)
    measured = audit.calibration.calibrated
    known = [one for one in measured.bins if one.count]
    assert len(known) >= 5 and "Said to be wrong" not in full.said
    few = replace(measured, bins=tuple(known[:4]))
    short = render(replace(audit, calibration=replace(audit.calibration, calibrated=few)))
    page = assert_harmless(short)
    assert short.count("<svg") == whole.count("<svg") - 1
    assert {drawn, "Said to be wrong", "Were wrong"} <= {said.strip() for said in page.said}


def test_render__items_that_were_looked_at__are_shown_by_what_they_are(audit: TaskAudit) -> None:
    worst = max(range(len(audit.labels)), key=lambda row: audit.labels.p_wrong[row])
    item = audit.labels.item[worst]
    looked = replace(audit.manifest, glances=(Glance(item, "a mass in the left breast"), Glance(4, "left.png")))
    said = assert_harmless(render(replace(audit, manifest=looked), rows=3)).said
    # Of a label that is probably wrong, and of one that the schema does not allow.
    assert "a mass in the left breast" in said and "left.png" in said and f"ipfs://items/{item}" not in said
    assert TaskAudit.from_json(replace(audit, manifest=looked).to_json()).manifest == looked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("benign", "benign"),
        ("1", '"1"'),
        (1, "1"),
        ("true", '"true"'),
        ("", '""'),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ("a\nb", "a\\nb"),
        ("z" + "\u0301" * 50, "z" + "\u0301" * 4),
        ("l" * 500, "l" * 120 + "…"),
    ],
)
def test_label__canonical_json__is_shown_so_that_labels_differ(value: object, shown: str) -> None:
    assert text.label(to_canonical(value)) == shown


def test_duration__seconds__are_the_two_largest_units() -> None:
    assert [text.duration(one) for one in (0, 1, 3600, 90_061, 7 * 86_400)] == [
        "no time",
        "1 second",
        "1 hour",
        "1 day 1 hour",
        "7 days",
    ]


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0%"), (0.004, "0.4%"), (0.5, "50%"), (0.995, "99.5%"), (0.99999, "100.0%"), (1, "100%")]
)
def test_share__of_one__is_percent(value: float, shown: str) -> None:
    assert text.share(value) == shown
