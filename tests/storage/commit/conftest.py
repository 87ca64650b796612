"""What tests of commits share."""

from saving_fixtures import appending, raw, recorded, way

__all__ = ["appending", "raw", "recorded", "way"]
