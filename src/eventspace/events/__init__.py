"""What an event is: particle clouds, images, showers, points; their files and their sources."""
