# SPDX-License-Identifier: Apache-2.0
"""The matplotlib backend of runs: `plt.show()` puts the open figures into the outputs, where a window would open.

Chosen by MPLBACKEND in a cell; matplotlib imports it when pyplot is first used.
"""

from __future__ import annotations

from typing import Any

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from cloister._display import show
from cloister._errors import entry


class FigureManager(FigureManagerBase):
    """Shows a figure by displaying it."""

    @entry
    def show(self) -> None:
        show(self.canvas.figure)

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> Any:
        """`plt.show()`: all open figures, which are closed then, as their windows would be."""
        for manager in Gcf.get_all_fig_managers():
            manager.show()
        Gcf.destroy_all()


class FigureCanvas(FigureCanvasAgg):
    """Draws into memory."""

    manager_class = FigureManager
