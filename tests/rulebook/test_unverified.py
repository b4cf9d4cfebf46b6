"""What is listed as to_verify: each figure once, with its code and its line, on lines that a person
can read. The bundled rules are counted anew, from the sectors that are built from them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.domain.legal import Citation, RuleStatus
from registry.domain.sector import Sector
from registry.rulebook.loader import load_profiles, load_sector
from registry.rulebook.readable import MORE, Piece, folded
from registry.rulebook.review import review
from registry.rulebook.rule_files import read_part, rule_files
from registry.rulebook.unverified import LONGEST
from tests.rulebook.conftest import GOOD

PACKAGES = sorted(
    f"sector_plugins.{path.parent.name}" for path in Path("sector_plugins").glob("*/sector.yaml")
)
CRITERION, SCORECARD = "criteria/grave.yaml", "scorecards/conduct.yaml"
DOUBT = "status: to_verify"


def text_of(file: str) -> str:
    return (GOOD / file).read_text(encoding="utf-8")


def told(package: str) -> list[str]:
    """Of the good sector, less what its criterion `late` always says."""
    found = review(package)
    assert [one for one in found.mistakes if "no worked case" not in one.message] == []
    lines = [f"{one.file.partition('/')[2]}:{one.line} {one.what}" for one in found.to_verify]
    return [one for one in lines if not one.startswith("criteria/late")]


def doubtful(cited: Iterable[Citation]) -> bool:
    return any(one.status is RuleStatus.TO_VERIFY for one in cited)


# --- the bundled rules ----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=PACKAGES)
def bundled(request: pytest.FixtureRequest) -> tuple[Sector, list[str]]:
    return load_sector(request.param), [one.what for one in review(request.param).to_verify]


def once(lines: list[str], start: str) -> None:
    found = [one for one in lines if f"{one}, ".startswith(f"{start}, ")]
    assert len(found) == 1, (start, found)


def test_every_parameter_shows_its_code_value_and_unit_once(bundled):
    sector, lines = bundled
    for one in sector.parameters:
        if doubtful(one.basis):
            once(lines, f"{one.code} {one.version}: value {one.value}, unit {one.unit}")


def test_every_line_of_a_scorecard_shows_its_code_and_figure_once(bundled):
    sector, lines = bundled
    for card in sector.scorecards:
        head = f"{card.code} {card.version}"
        everything = card.figures_status is RuleStatus.TO_VERIFY
        for key, entries, figure in (
            ("items", card.items, "points"),
            ("direct", card.direct, "grade"),
            ("knock_outs", card.knock_outs, "best"),
        ):
            for one in entries:
                if everything or doubtful(one.basis):
                    once(lines, f"{head} {key} {one.code}: {figure} {getattr(one, figure)}")
        for band in card.bands:
            if everything or doubtful(band.basis):
                once(lines, f"{head} bands: grade {band.grade}")
        if card.start is not None and (everything or doubtful(card.start_basis)):
            once(lines, f"{head} start: points {card.start}")
        if card.term is not None and everything:
            once(lines, f"{head}: term {card.term}")


def test_every_clause_and_penalty_of_a_version_is_listed(bundled):
    sector, lines = bundled
    for version in sector.criteria:
        head = f"{version.code} {version.version}"
        if version.figures_status is RuleStatus.TO_VERIFY:
            clauses = len(list(version.when.clauses()))
            assert sum(one.startswith(f"{head} when") for one in lines) >= clauses > 0
        for kind in {one.kind for one in version.penalties if doubtful(one.basis)}:
            wanted = f"{head} penalties: kind {kind}"
            assert any(f"{one}, ".startswith(f"{wanted}, ") for one in lines), wanted


def test_every_citation_to_verify_is_told_once(bundled):
    sector, lines = bundled
    wanted: Counter[str] = Counter()
    for part, _ in rule_files(sector.package):
        wanted.update(citations(read_part(sector.package, part).data))

    assert wanted
    for cited, times in wanted.items():
        found = sum(f"{one}, ".count(f"cites {cited}, ") for one in lines)
        assert found == times, cited


def citations(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "instrument" in node and node.get("status") == "to_verify":
            yield f"{node['instrument']} {node['article']}"
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from citations(one)


def test_no_line_is_longer_than_a_person_can_read(bundled):
    figures = review(bundled[0].package).to_verify
    printed = [f"to_verify\t{one.file}:{one.line}\t{one.what}" for one in figures]

    assert [one for one in printed if one.count("\t") != 2] == []
    # a code or an article is never cut, so that a line may be a little longer
    assert [one for one in printed if len(one) > LONGEST + 30] == []
    assert [one for one, times in Counter(printed).items() if times > 1] == []


def test_every_value_of_a_profile_is_listed():
    lines = [one.what for one in review("plugins.china").to_verify]
    wanted = [
        f"{profile.code} {name} {one['since']}: value {one['value']}"
        for profile in load_profiles("plugins.china")
        for name, values in profile.document["parameters"].items()
        for one in values
        if one["status"] == "to_verify"
    ]

    assert len(wanted) >= 3
    for start in wanted:
        once(lines, start)
    assert len([one for one in lines if not one.startswith("calendar ")]) == len(wanted)


# --- a criterion ----------------------------------------------------------------------------------


def criterion(version: str) -> dict[str, str]:
    """The criterion of `grave` with this text in place of its later version's status."""
    head, mark, rest = text_of(CRITERION).rpartition("    status: verified\n")
    assert mark
    return {CRITERION: f"{head}{version}{rest}"}


def test_the_figures_of_a_condition_stand_on_their_own_lines(make_package):
    assert told(make_package(criterion(f"    {DOUBT}\n"))) == [
        f"{CRITERION}:18 demo.grave 2022-01-01: valid_from 2022-01-01",
        f"{CRITERION}:24 demo.grave 2022-01-01 when: amount at_least 1000",
        f"{CRITERION}:25 demo.grave 2022-01-01 when: act equals fraud",
        f"{CRITERION}:26 demo.grave 2022-01-01 when: amount / total at_least 0.10",
    ]


WINDOWS = """when:
      any:
        - {sum: {field: amount, within: P1Y, per: act, where: {field: months, above: 3}}, above: 9}
        - none: [{count: {within: P30D}, at_least: 2}]
"""


def test_a_window_is_a_figure_too_and_what_is_negated_is_said(make_package):
    head, _, rest = criterion(f"    {DOUBT}\n")[CRITERION].rpartition("when:\n")
    term = rest[rest.index("    term:") :]

    lines = told(make_package({CRITERION: f"{head}{WINDOWS}{term}"}))

    for wanted in (
        "when any: sum amount within P1Y per act above 9",
        "when any where: months above 3",
        "when any none: count of records within P30D at_least 2",
    ):
        assert len([one for one in lines if one.endswith(wanted)]) == 1, lines


def test_a_part_to_verify_is_told_with_what_it_takes_over(make_package):
    files = criterion(f"    status: verified\n    repair: {{ways: [correction], {DOUBT}}}\n")

    (line,) = told(make_package(files))

    said = "repairable yes, min_publication P6M, decision_days 15, ways [correction]"
    assert line.endswith(f"demo.grave 2022-01-01 repair: {said}")


REFUSED = f"""    refused_if:
      - code: again
        title: Done again
        title_zh: 再犯
        basis: [{{instrument: demo-law, article: "9", {DOUBT}}}]
"""


def test_an_article_that_a_part_takes_over_is_told_where_it_stands(make_package):
    lists = text_of("lists.yaml").replace(
        "  repair: {repairable: yes, min_publication: P6M, decision_days: 15}\n",
        f"  repair:\n    repairable: yes\n{REFUSED}",
    )
    files = criterion(f"    status: verified\n    repair: {{ways: [correction], {DOUBT}}}\n")

    lines = told(make_package({"lists.yaml": lists, **files}))

    head = "demo.grave 2022-01-01 repair"
    assert lines == [
        "lists.yaml:9 black.repair refused_if again: title Done again, cites demo-law 9",
        f"{CRITERION}:20 {head}: repairable yes, ways [correction]",
        f"{CRITERION}:20 {head} refused_if again: title Done again",
    ]


def test_a_part_that_takes_over_its_status_tells_its_own_figures_only(make_package):
    lists = text_of("lists.yaml").replace("clock: published_on}", f"clock: published_on, {DOUBT}}}")

    lines = told(make_package({"lists.yaml": lists}))

    assert lines == [
        "lists.yaml:4 black.term: max P3Y, clock published_on",
        f"{CRITERION}:27 demo.grave 2022-01-01 term: max P5Y, clock decided_on, "
        "months_field months",
    ]


REPAIR = f"""    status: verified
    repair:
      repeat_bar: {{count: 2, window: P5Y}}
      immediate_ways: [reorganisation]
      temporary_lifting: [court_reorganisation]
      refused_if:
        - code: again
          title: Done again
          title_zh: 再犯
          basis: [{{instrument: demo-law, article: "9"}}]
        - code: order_open
          title: Not paid
          title_zh: 未缴
          record_kinds: [demo.penalty_decision]
          basis: [{{instrument: demo-law, article: "10", {DOUBT}}}]
      {DOUBT}
    penalties:
      - kind: fine
        whom: who did it
        whom_zh: 当事人
        amount: {{at_most: 5000}}
        basis: [{{instrument: demo-law, article: "11", {DOUBT}}}]
"""


def test_each_key_of_a_repair_rule_and_each_refusal_is_told(make_package):
    lines = told(make_package(criterion(REPAIR)))

    text = "\n".join(lines)
    for words in (
        "repeat_bar {count 2, window P5Y}",
        "immediate_ways [reorganisation]",
        "temporary_lifting [court_reorganisation]",
        "repair refused_if again: title Done again",
        "repair refused_if order_open: record_kinds [demo.penalty_decision], cites demo-law 10",
        "penalties: kind fine, whom who did it, amount {at_most 5000}, cites demo-law 11",
    ):
        assert text.count(words) == 1, text
    assert "再犯" not in text


# --- what has no status of its own ----------------------------------------------------------------


def test_a_scorecard_is_told_line_by_line(make_package):
    card = text_of(SCORECARD).replace("status: verified", DOUBT)

    lines = told(make_package({SCORECARD: card}))

    head = "demo.conduct 2020-01-01"
    assert lines == [
        f"{SCORECARD}:11 {head}: period P1Y",
        f"{SCORECARD}:12 {head}: term P1Y",
        f"{SCORECARD}:13 {head}: grades [good, fair, bad]",
        f"{SCORECARD}:17 {head} start: points 100",
        f"{SCORECARD}:22 {head} items fine: points -12.5, most 50",
        f"{SCORECARD}:24 {head} items fine records when: amount at_least 1000",
        f"{SCORECARD}:27 {head} bands: grade good, at_least 80",
        f"{SCORECARD}:28 {head} bands: grade fair, at_least 60, below 80",
        f"{SCORECARD}:29 {head} bands: grade bad, below 60",
        f"{SCORECARD}:34 {head} direct fraud: grade bad, listed [black]",
        f"{SCORECARD}:41 {head} knock_outs no_books: best fair",
    ]


def test_of_a_verified_scorecard_only_the_line_of_an_article_to_verify_is_told(make_package):
    card = text_of(SCORECARD).replace('article: "12"', f'article: "12", {DOUBT}')

    (line,) = told(make_package({SCORECARD: card}))

    assert line.endswith("knock_outs no_books: best fair, cites demo-law 12")


def test_a_measure_to_verify_is_named(make_package):
    measures = text_of("measures.yaml").replace('article: "3"', f'article: "3", {DOUBT}')

    (line,) = told(make_package({"measures.yaml": measures}))

    assert line.endswith(
        "p.focus 2020-01-01: kind sanction, force recommended, cites demo-notice 3"
    )


def test_a_calendar_that_is_none_is_passed_over(make_package):
    year = f"year: 2020\nnotice: N 1\n{DOUBT}\nholidays: [2020-01-01]\nworkdays: []\n"

    lines = told(
        make_package(
            {
                "calendars/2020.yaml": year,
                "calendars/2021.yaml": "a: [",
                "calendars/2022.yaml": DOUBT,
                "calendars/2023.yaml": year.replace("to_verify", "verified"),
            }
        )
    )

    assert lines == [
        "calendars/2020.yaml:4 calendar 2020: holidays 1 days, workdays 0 days, notice N 1"
    ]


# --- lines ----------------------------------------------------------------------------------------


def test_pieces_share_a_line_as_long_as_they_fit():
    pieces = [Piece("a", "one", 1), Piece("b", "two", True), Piece("c", "three", ["x", "y"])]

    assert list(folded(pieces, 40)) == [("a", "one 1, two true, three [x, y]")]
    assert list(folded(pieces, 20)) == [("a", "one 1, two true"), ("c", "three [x, y]")]


def test_a_list_that_is_too_long_goes_on_in_the_next_line_and_each_value_is_told_once():
    values = [f"value_{number}" for number in range(10)]

    lines = [text for _, text in folded([Piece("p", "act in", values)], 40)]

    assert len(lines) > 2
    assert all(len(one) <= 40 for one in lines)
    assert [one.endswith(f", {MORE}]") for one in lines] == [True] * (len(lines) - 1) + [False]
    assert " ".join(lines).count("value_") == 10


def test_a_long_text_is_cut_and_stays_on_its_line():
    ((_, line),) = folded([Piece("p", "whom", "the unit\n\tthat " + "x" * 200)], 60)

    assert line.startswith("whom the unit that xxx")
    assert line.endswith(MORE)
    assert len(line) < 100
