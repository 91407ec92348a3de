"""What an announcement has made of its players."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class PlayerUsage:
    """The volumes that were set for one announcement, and whose media went on."""

    volumes: dict[str, float] = field(default_factory=dict)
    """The level at each player whose volume was set."""
    players: set[str] = field(default_factory=set)
    """The players that were prepared."""
    resumed: dict[str, bool] = field(default_factory=dict)
    """Whether each player that played before goes on; missing while that is not known."""
