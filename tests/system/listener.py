# SPDX-License-Identifier: Apache-2.0
"""For the tests: whatever accepts connections."""

import socket
import threading


class Listener:
    """Accepts on a port of its own; `serve` gets each connection in a thread. Who inherits sets its
    own fields first: accepting begins here."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()  # or it would accept from whoever gets the descriptor next
        self.listener.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=self.arguments(peer), daemon=True).start()

    def arguments(self, peer):
        """What `serve` gets."""
        return (peer,)

    def serve(self, peer):
        raise NotImplementedError
