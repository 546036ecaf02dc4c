"""What remote-store has as extensions, under the same names: :mod:`.arrow`, :mod:`.batch`, :mod:`.cache`,
:mod:`.integrity`, :mod:`.streams`, :mod:`.transfer` and :mod:`.write`. All of it works on any :class:`remotestore.Store`,
and closes none."""
