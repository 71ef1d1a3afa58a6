# SPDX-License-Identifier: Apache-2.0
"""Starts ipykernel in a cell: python3 -P -m cloister._kernel -f CONNECTION_FILE."""

import zmq
from ipykernel import kernelapp


class SealedKernelApp(kernelapp.IPKernelApp):
    """ipykernel that drops no output."""

    def init_iopub(self, context):
        # By default ZeroMQ drops what a subscriber has not fetched after 1000 messages. The supervisor of this cell
        # fetches everything, so the queue between the two cannot grow for long.
        context.setsockopt(zmq.SNDHWM, 0)
        super().init_iopub(context)


if __name__ == "__main__":
    SealedKernelApp.launch_instance()
