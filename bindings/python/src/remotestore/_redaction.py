"""Secrets in the records of a log."""

import logging

from ._secret import Secret


class SecretRedactionFilter(logging.Filter):
    """A filter for a logger or a handler: a :class:`Secret` among the arguments
    of a record becomes ``"***"``, also for what does not ask for its str."""

    def filter(self, record: logging.LogRecord) -> bool:
        def masked(value: object) -> object:
            return "***" if isinstance(value, Secret) else value

        if isinstance(record.args, dict):
            record.args = {name: masked(value) for name, value in record.args.items()}
        elif isinstance(record.args, tuple):
            record.args = tuple(masked(value) for value in record.args)
        return True
