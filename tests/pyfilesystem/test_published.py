"""The test cases that PyFilesystem publishes for those who implement a file system, on every kind of store,
and with keys that are joined with another separator."""

import os
import unittest

import pytest
import remotestore
from fs.test import FSTestCases
from remotestore.pyfilesystem import S3FS, StoreFS


class Memory(FSTestCases, unittest.TestCase):
    def make_fs(self):
        return StoreFS(remotestore.Store(remotestore.MemoryBackend()))


class MemorySeparator(Memory):
    def make_fs(self):
        return StoreFS(remotestore.Store(remotestore.MemoryBackend()), "in|here", separator="|")


class Local(Memory):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path):
        self.folder = tmp_path

    def make_fs(self):
        return StoreFS(remotestore.Store(remotestore.LocalBackend(self.folder)))


class S3(Memory):
    separator = "/"

    @pytest.fixture(autouse=True)
    def bucket(self, s3_servers):
        self.bucket = s3_servers("versitygw")["REMOTESTORE_TEST_S3_URL"].partition("://")[2].partition("/")[0]

    def make_fs(self):
        self.prefix = os.urandom(8).hex()
        return S3FS(self.bucket, self.prefix, separator=self.separator)

    def destroy_fs(self, fs):
        fs.close()
        with remotestore.Store(remotestore.S3Backend(self.bucket)) as store:
            store.delete_many(info.path for info in list(store.list_files("", recursive=True, prefix=self.prefix)))


class S3Separator(S3):
    separator = "|"
