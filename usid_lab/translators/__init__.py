"""Foreign data, translated to h5USID files."""
