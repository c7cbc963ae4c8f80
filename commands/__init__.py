"""What each command does once its options are read: adapters between the user and the rooms."""
