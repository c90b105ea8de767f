import pytest

from kseg.predict.timing import time_bundles


def test_a_row_per_bundle(label_bundle, logit_bundle, object_bundle):
    paths = [label_bundle, logit_bundle, object_bundle]
    rows = time_bundles(paths, threads=1, runs=3)
    assert [row["file"] for row in rows] == [str(path) for path in paths]
    for row, path in zip(rows, paths, strict=True):
        assert 0 < row["best_ms"] <= row["median_ms"]
        assert row["megabytes"] == path.stat().st_size / 1e6


@pytest.mark.parametrize("options", [{"runs": 0}, {"threads": 0}])
def test_bad_counts_are_refused(label_bundle, options):
    with pytest.raises(ValueError, match="at least one"):
        time_bundles([label_bundle], **options)
