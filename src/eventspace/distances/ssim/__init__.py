"""The structural similarity of images and showers."""
