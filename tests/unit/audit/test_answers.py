"""Columns of answers."""

import pytest

from goldleaf.ids import submission_id
from goldleaf.labels import LabelSet
from goldleaf_tools.audit.answers import Answers, Delivered
from goldleaf_tools.errors import AnswersError

COLUMNS = {"annotator": ["b", "a", "b"], "item": [(1, 0), (1, 0), (2, 5)], "label": [b'"x"', b'"y"', b'"x"']}


def test_from_columns__names__are_sorted_tables_and_codes() -> None:
    answers = Answers.from_columns(**COLUMNS, submission=[11, 10, 2 << 64])
    assert (answers.annotators, answers.items, answers.classes) == (("a", "b"), ((1, 0), (2, 5)), (b'"x"', b'"y"'))
    assert answers.annotator.tolist() == [1, 0, 1] and answers.label.tolist() == [0, 1, 0]
    assert [answers.submissions[row] for row in answers.submission] == [11, 10, 2 << 64]
    assert answers.rows_of(10).tolist() == [1]


def test_from_columns__second_answer_of_an_annotator__is_refused() -> None:
    with pytest.raises(AnswersError, match="b has answered item 0 of task 1 more than once"):
        Answers.from_columns(annotator=["b", "b"], item=[(1, 0)] * 2, label=[b"1", b"2"], submission=[1, 2])


def test_from_columns__lengths_differ__is_refused() -> None:
    with pytest.raises(AnswersError, match="differ in length"):
        Answers.from_columns(annotator=["a"], item=[(1, 0), (1, 1)], label=[b"1", b"2"])


def test_answers__code_without_a_name__is_refused() -> None:
    with pytest.raises(AnswersError, match="codes beyond the 1 classes"):
        Answers(("a",), ((1, 0),), (b"1",), (1,), [0], [0], [1], [0])


def test_answers__columns__cannot_be_written_to() -> None:
    answers = Answers.from_columns(**COLUMNS)
    with pytest.raises(ValueError, match="read-only"):
        answers.label[0] = 1


def test_from_label_sets__left_out_items__are_no_rows() -> None:
    first, second = submission_id(3, 0), submission_id(3, 1)
    answers = Answers.from_label_sets(
        [Delivered(first, "a", LabelSet([1, 2], 4)), Delivered(second, "b", LabelSet([1, "?"], 4), left_out={5})]
    )
    assert answers.items == ((3, 4), (3, 5)) and len(answers) == 3
    assert answers.submissions == (first, second) and answers.classes == (b"1", b"2")


def test_gold_codes__known_and_unknown__are_classes_and_minus_one() -> None:
    answers = Answers.from_columns(**COLUMNS)
    assert answers.gold_codes({(2, 5): b'"y"', (9, 9): b'"z"'}).tolist() == [-1, 1]


def test_gold_codes__label_that_is_no_class__is_refused() -> None:
    answers = Answers.from_columns(**COLUMNS)
    with pytest.raises(AnswersError, match="none of the classes"):
        answers.gold_codes({(2, 5): b'"z"'})
    assert answers.with_classes([b'"z"']).gold_codes({(2, 5): b'"z"'}).tolist() == [-1, 2]
