"""Why a network does not hold, and what mends it."""
