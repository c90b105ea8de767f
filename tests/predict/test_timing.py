import pytest

from kseg.predict.timing import time_bundles


def test_a_row_per_bundle(label_bundle, logit_bundle):
    rows = time_bundles([label_bundle, logit_bundle], threads=1, runs=3)
    assert [row["file"] for row in rows] == [str(label_bundle), str(logit_bundle)]
    for row, path in zip(rows, (label_bundle, logit_bundle), strict=True):
        assert 0 < row["best_ms"] <= row["median_ms"] < 1000
        assert row["megabytes"] == path.stat().st_size / 1e6


@pytest.mark.parametrize("options", [{"runs": 0}, {"threads": 0}])
def test_bad_counts_are_refused(label_bundle, options):
    with pytest.raises(ValueError, match="at least one"):
        time_bundles([label_bundle], **options)
