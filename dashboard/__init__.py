"""What an admin and the weekly review look at."""
