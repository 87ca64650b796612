"""USID as values and arithmetic: dimensions, tables, layouts. numpy only."""
