"""Bundles for what is drawn of their results."""

from tests.predict.conftest import object_bundle  # noqa: F401 -- a fixture
