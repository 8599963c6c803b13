"""The panel: human judges who click beside the machine, on their phones or on one keyboard."""
