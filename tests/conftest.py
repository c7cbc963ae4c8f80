"""What holds for all tests."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a shell starts in the background
    # Children inherit it, and the tests of interruption would wait for programs that cannot hear.
    signal.signal(signal.SIGINT, signal.default_int_handler)
