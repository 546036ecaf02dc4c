"""What remote-store has as extensions, under the same names: :mod:`.arrow`, :mod:`.batch`, :mod:`.cache`, :mod:`.glob`,
:mod:`.integrity`, :mod:`.observe`, :mod:`.otel`, :mod:`.partition`, :mod:`.pydantic`, :mod:`.streams`, :mod:`.transfer`,
:mod:`.write` and :mod:`.yaml`. All of it works on any :class:`remotestore.Store`, and closes none."""
