"""Runs moto's server, whose DynamoDB checks a condition and writes in one step,
as the real one does. Its S3 does it in two: of two writers both may win."""

import threading

from moto.dynamodb.models.table import Table
from moto.server import main

one_at_a_time, put_item = threading.Lock(), Table.put_item


def put_item_atomically(*args, **kwargs):
    with one_at_a_time:
        return put_item(*args, **kwargs)


Table.put_item = put_item_atomically
main()
