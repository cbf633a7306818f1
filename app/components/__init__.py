"""What several pages draw with: the frame of a figure, the band, the poster, shared controls."""
