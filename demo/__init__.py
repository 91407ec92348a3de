"""A real Home Assistant that speaks through this component, for people and for checks."""
