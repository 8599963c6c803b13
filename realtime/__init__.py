"""The live system: from a camera to marks on a dashboard."""
