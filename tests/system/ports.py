# SPDX-License-Identifier: Apache-2.0
"""For the tests: ports for servers that cannot be told to take any.

They lie below the range from which the system serves outgoing connections, so none of those can
take one between here and the server's own bind, and several are held at once, so no two are alike.
"""

import contextlib
import random
import socket

FIRST, LAST = 15000, 32000


def free_ports(count):
    with contextlib.ExitStack() as held:
        ports = []
        while len(ports) < count:
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", random.randint(FIRST, LAST)))
                ports.append(probe.getsockname()[1])
        return ports


def free_port():
    return free_ports(1)[0]
