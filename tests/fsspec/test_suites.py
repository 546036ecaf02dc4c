"""The suites that fsspec publishes for those who implement it."""

import fsspec
import fsspec.tests.abstract as suites
import pytest
from fsspec.tests.abstract import mv


class Fixtures(suites.AbstractFixtures):
    @pytest.fixture
    def fs_join(self):
        return lambda *parts: "/".join(parts)

    @pytest.fixture
    def fs_path(self, folder):
        return folder

    @pytest.fixture
    def fs(self, url):  # before that of the base class
        return fsspec.url_to_fs(url)[0]

    @pytest.fixture
    def supports_empty_directories(self, fs):
        return "s3" not in fs.protocol


class TestCopy(suites.AbstractCopyTests, Fixtures):
    pass


class TestGet(suites.AbstractGetTests, Fixtures):
    pass


class TestPut(suites.AbstractPutTests, Fixtures):
    pass


class TestOpen(suites.AbstractOpenTests, Fixtures):
    pass


class TestPipe(suites.AbstractPipeTests, Fixtures):
    pass


@pytest.mark.skip(reason="a store makes the folders above what is written into it, also those of a move")
def test_move_into_a_folder_that_is_missing(tmpdir):
    mv.test_move_raises_error_with_tmpdir(tmpdir)


@pytest.mark.parametrize("recursive", [True, False])
def test_move_into_a_folder_that_is_protected(not_root, recursive, tmpdir):
    mv.test_move_raises_error_with_tmpdir_permission(recursive, tmpdir)
